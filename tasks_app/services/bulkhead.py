"""Bulkheads: one thing that fails does not keep the others from being done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def run_each(acts: Iterable[Callable[[], int]]) -> int:
    """Run every act, also after one has failed; returns the sum of what they return.

    Failures are raised together, as an `ExceptionGroup`, once all have run.
    """
    total, failures = 0, []
    for act in acts:
        try:
            total += act()
        except Exception as error:  # noqa: BLE001 - raised below, with the others
            failures.append(error)
    if failures:
        raise ExceptionGroup("some of it failed, the rest was done", failures)
    return total
