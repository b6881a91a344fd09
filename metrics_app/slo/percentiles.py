"""Percentiles by nearest rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """The three that objectives speak of; None when nothing was measured."""

    p50: int | None
    p95: int | None
    p99: int | None


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest sample that at least `percent` percent of `ordered` (ascending) do not exceed.

    This is the nearest-rank definition: the answer is always a value that was measured, never one
    between two, so a person can find the task behind it. None when there is no sample.
    """
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)  # the ceiling in whole numbers, free of rounding surprises
    return ordered[max(rank, 1) - 1]


def percentiles(samples: Iterable[int]) -> Percentiles:
    """P50, P95 and P99 of samples in any order."""
    ordered = sorted(samples)
    return Percentiles(p50=percentile(ordered, 50), p95=percentile(ordered, 95), p99=percentile(ordered, 99))
