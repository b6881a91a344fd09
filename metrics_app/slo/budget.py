"""Error budgets: how much of the tolerated failure is used up, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metrics_app.slo.objectives import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """An objective, measured."""

    #: In the objective's unit; None when nothing was measured.
    value: float | None
    samples: int
    #: Samples on the wrong side: too slow, failed, absent.
    bad: int


def burn_rate(objective: Objective, measured: Measurement) -> float | None:
    """How many times faster than tolerated the budget is spent; 1 uses it up exactly."""
    if not measured.samples:
        return None
    return round(measured.bad / (measured.samples * objective.tolerated), 4)


def budget_left(objective: Objective, measured: Measurement) -> float | None:
    """Share of the window's budget still there: 1 untouched, 0 used up, below 0 overspent."""
    burnt = burn_rate(objective, measured)
    return None if burnt is None else round(1 - burnt, 4)
