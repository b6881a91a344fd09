"""The objectives, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metrics_app.slo.windows import Period


class Direction(StrEnum):
    """Which side of the target is good."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


class Unit(StrEnum):
    """What a value is measured in."""

    MILLISECONDS = "ms"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is promised, and when people are woken."""

    name: str
    title: str
    target: float
    #: Beyond this value people are told.
    alert: float
    period: Period
    unit: Unit
    direction: Direction
    #: Share of bad samples that keeps the promise: the error budget.
    tolerated: float

    def is_met(self, value: float) -> bool:
        """Whether a measured value keeps the promise."""
        return value <= self.target if self.direction is Direction.AT_MOST else value >= self.target

    def is_alarming(self, value: float) -> bool:
        """Whether a measured value is bad enough to tell people."""
        return value > self.alert if self.direction is Direction.AT_MOST else value < self.alert


def _tte(percent: int, target_s: int, alert_s: int) -> Objective:
    return Objective(
        name=f"tte_p{percent}",
        title=f"TTE P{percent}",
        target=target_s * 1000,
        alert=alert_s * 1000,
        period=Period.DAILY,
        unit=Unit.MILLISECONDS,
        direction=Direction.AT_MOST,
        tolerated=(100 - percent) / 100,
    )


def _rate(name: str, title: str, *, target: float, alert: float, period: Period) -> Objective:
    return Objective(
        name=name,
        title=title,
        target=target,
        alert=alert,
        period=period,
        unit=Unit.PERCENT,
        direction=Direction.AT_LEAST,
        tolerated=round((100 - target) / 100, 6),
    )


TTE_P95 = _tte(95, 60, 90)
TTE_P99 = _tte(99, 120, 180)
SUCCESS = _rate("success_rate", "Success rate", target=99, alert=98, period=Period.DAILY)
CI_PASS = _rate("ci_pass_rate", "CI pass rate", target=95, alert=90, period=Period.WEEKLY)
AUTO_MERGE = _rate("auto_merge_rate", "Auto-merge success", target=99, alert=95, period=Period.DAILY)
WORKERS = _rate("worker_availability", "Worker availability", target=99.5, alert=99, period=Period.MONTHLY)

OBJECTIVES: tuple[Objective, ...] = (TTE_P95, TTE_P99, SUCCESS, CI_PASS, AUTO_MERGE, WORKERS)
BY_NAME: dict[str, Objective] = {objective.name: objective for objective in OBJECTIVES}
