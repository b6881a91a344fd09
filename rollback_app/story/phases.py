"""TRB and its phases: detect → decide → execute → healthy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.chapters import Stay, Table, Tone

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.chapters import Value
    from rollback_app.models import Rollback

#: Each phase with the column at which it ends; it begins where the one before ended.
_PHASES = (
    ("decide", "decided_at"),
    ("open the revert", "published_at"),
    ("checks and merge", "merged_at"),
    ("deploy", "live_at"),
    ("confirm health", "healthy_at"),
)
#: What all of them together may last: R's objective.
TRB_GOAL = timedelta(minutes=8)


def phase_table(rollback: Rollback, *, now: datetime) -> Table:
    """The phases so far and their sum, TRB; a phase under way is counted up to `now`."""
    ends = [(name, getattr(rollback, column)) for name, column in _PHASES]
    until = rollback.healthy_at or now
    whole = max((until - rollback.detected_at).total_seconds(), 0.001)
    rows: list[tuple[Value, ...]] = []
    begins_at = rollback.detected_at
    for name, ends_at in ends:
        lasted = max((ends_at or until) - begins_at, timedelta())
        stay = Stay(
            lasted=lasted,
            begins=min(max((begins_at - rollback.detected_at).total_seconds() / whole, 0.0), 1.0),
            share=min(lasted.total_seconds() / whole, 1.0),
            tone=Tone.GOOD if ends_at else Tone.BUSY,
        )
        rows.append((name, stay, ends_at))
        if ends_at is None:
            break
        begins_at = ends_at
    rows.append((_sum_name(rollback), _trb(rollback, now=now), rollback.healthy_at))
    return Table(name="phases", head=("phase", "lasted", "ended_at"), rows=tuple(rows))


def trb(rollback: Rollback) -> timedelta | None:
    """Time to rollback; None while the environment is not healthy again."""
    return rollback.healthy_at - rollback.detected_at if rollback.healthy_at else None


def _trb(rollback: Rollback, *, now: datetime) -> Stay:
    lasted = (rollback.healthy_at or now) - rollback.detected_at
    tone = Tone.BUSY if rollback.healthy_at is None else Tone.GOOD
    return Stay(lasted=lasted, begins=0, share=1, tone=tone if lasted <= TRB_GOAL else Tone.BAD)


def _sum_name(rollback: Rollback) -> str:
    return "TRB" if rollback.healthy_at else "TRB so far"
