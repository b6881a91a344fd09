"""Which tasks count, and as what.

A task counts once, on the UTC day its outcome was first known (`settled_at`), by what that outcome was
(`settled_state`): an operator's later rollback changes no past day. Declined and cancelled tasks count
as neither, duplicates never become tasks, open ones are not settled. A degraded answer is a success and
is shown apart. A task taken back by verification settles first as rolled back: a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metrics_app.slo.percentiles import Percentiles, percentiles

if TYPE_CHECKING:
    from collections.abc import Iterable

SUCCESSES = frozenset({"done"})
FAILURES = frozenset({"failed", "rolled_back"})
NEITHER = frozenset({"declined", "cancelled"})
COUNTED = SUCCESSES | FAILURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One settled task as counting sees it."""

    #: `settled_state`.
    state: str
    #: Less waits for people; None when it was never merged.
    tte_ms: int | None
    #: By the clock on the wall.
    raw_tte_ms: int | None
    is_degraded: bool
    kind: str
    worker: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a set of settled tasks amounts to."""

    success: int
    failure: int
    #: Successes that were answered without the model.
    degraded: int
    #: TTE over merged tasks.
    tte: Percentiles
    raw_tte: Percentiles

    @property
    def total(self) -> int:
        """Tasks that count."""
        return self.success + self.failure

    @property
    def success_rate_percent(self) -> float | None:
        """Two decimals; None when nothing counted."""
        return rate_percent(self.success, self.total)


def rate_percent(good: int, total: int) -> float | None:
    """Share in percent with two decimals, rounded down so that 99.999 is never shown as 100."""
    return good * 10_000 // total / 100 if total else None


def summarise(settled: Iterable[Settled]) -> Summary:
    """Count; states that count as neither are passed over."""
    counted = [task for task in settled if task.state in COUNTED]
    good = [task for task in counted if task.state in SUCCESSES]
    return Summary(
        success=len(good),
        failure=len(counted) - len(good),
        degraded=sum(task.is_degraded for task in good),
        tte=percentiles(task.tte_ms for task in counted if task.tte_ms is not None),
        raw_tte=percentiles(task.raw_tte_ms for task in counted if task.raw_tte_ms is not None),
    )
