"""Measures the objectives over a window, from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from metrics_app.selectors.outcomes import ci_verdicts, merge_verdicts, settled_in
from metrics_app.selectors.readings import readings
from metrics_app.slo.budget import Measurement
from metrics_app.slo.counting import SUCCESSES, rate_percent
from metrics_app.slo.objectives import (
    AUTO_MERGE,
    CI_PASS,
    OBJECTIVES,
    SUCCESS,
    TTE_P95,
    TTE_P99,
    WORKERS,
    Objective,
)
from metrics_app.slo.percentiles import percentile
from metrics_app.slo.windows import Period, Window, window_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metrics_app.slo.counting import Settled


#: The probe whose readings are counted for the availability of workers.
AVAILABILITY_PROBE = "workers"


class Samples:
    """The samples of one window, read when first needed."""

    def __init__(self, window: Window) -> None:
        self.window = window

    @cached_property
    def tasks(self) -> list[Settled]:
        """Tasks that count in the window."""
        return [settled for _, _, settled in settled_in(self.window)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an objective stands in its present window."""

    objective: Objective
    window: Window
    measured: Measurement


def standings(now: datetime) -> list[Standing]:
    """Every objective over the calendar window of its period that contains `now`."""
    samples = {period: Samples(window_of(period, now)) for period in Period}
    return [
        Standing(
            objective=objective,
            window=samples[objective.period].window,
            measured=measure(objective, samples[objective.period]),
        )
        for objective in OBJECTIVES
    ]


def measure(objective: Objective, samples: Samples) -> Measurement:
    """One objective over one window."""
    return _MEASURES[objective.name](samples)


def _slowness(samples: Samples, percent: int, objective: Objective) -> Measurement:
    times = sorted(task.tte_ms for task in samples.tasks if task.tte_ms is not None)
    slow = sum(not objective.is_met(time) for time in times)
    return Measurement(value=percentile(times, percent), samples=len(times), bad=slow)


def _success(samples: Samples) -> Measurement:
    good = sum(task.state in SUCCESSES for task in samples.tasks)
    return _rate(good, len(samples.tasks) - good)


def _rate(good: int, bad: int) -> Measurement:
    return Measurement(value=rate_percent(good, good + bad), samples=good + bad, bad=bad)


_MEASURES: dict[str, Callable[[Samples], Measurement]] = {
    TTE_P95.name: lambda samples: _slowness(samples, 95, TTE_P95),
    TTE_P99.name: lambda samples: _slowness(samples, 99, TTE_P99),
    SUCCESS.name: _success,
    CI_PASS.name: lambda samples: _rate(*ci_verdicts(samples.window)),
    AUTO_MERGE.name: lambda samples: _rate(*merge_verdicts(samples.window)),
    WORKERS.name: lambda samples: _rate(*readings(AVAILABILITY_PROBE, samples.window)),
}
