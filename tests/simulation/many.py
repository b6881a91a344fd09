"""Many seeds, side by side on all cores."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.outcome import Outcome, without_log
from tests.simulation.points import Passages

if TYPE_CHECKING:
    from collections.abc import Iterable


#: Seeds that a process takes at once.
_PORTION = 20


@dataclass(slots=True, kw_only=True)
class Sum:
    """What came of many runs."""

    runs: int = 0
    failed: list[Outcome] = field(default_factory=list)
    passages: Passages = field(default_factory=Passages)
    #: How long it took to come to rest at most, and the seed of that run.
    longest_rest: tuple[timedelta, int] = (timedelta(0), 0)
    took_s: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one run."""
        self.runs += 1
        self.passages.add(outcome.passages)
        self.longest_rest = max(self.longest_rest, (outcome.rest_after, outcome.seed))
        if outcome.findings:
            self.failed.append(outcome)


def run_all(seeds: Iterable[int]) -> Sum:
    """Run every seed."""
    began, total = time.monotonic(), Sum()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Children start afresh: a database connection does not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_prepare) as pool:
        for outcome in pool.map(_run, seeds, chunksize=_PORTION):
            total.add(outcome)
    total.took_s = time.monotonic() - began
    return total


def _prepare() -> None:
    from tests.simulation import database  # noqa: PLC0415 - models can be imported only in a prepared process

    database.prepare()


def _run(seed: int) -> Outcome:
    from tests.simulation import drive  # noqa: PLC0415 - as above

    outcome = drive.run(seed)
    # A log of hundreds of lines travels only when somebody has to read it.
    return outcome if outcome.findings else without_log(outcome)
