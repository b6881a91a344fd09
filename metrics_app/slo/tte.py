"""TTE, the time to execute: from the request to the merge, less the time people took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: States in which a task waits for a person: not the product's time.
WAITS_FOR_PEOPLE = frozenset({"awaiting_approval", "needs_operator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move of a task's timeline."""

    at: datetime
    to_state: str


def people_waits(steps: Iterable[Step]) -> list[Span]:
    """The stretches in which the task waited for a person; one still open is left out."""
    spans = []
    since: datetime | None = None
    for step in steps:
        if since is not None:
            spans.append(Span(starts_at=since, ends_at=step.at))
        since = step.at if step.to_state in WAITS_FOR_PEOPLE else None
    return spans


def raw_tte_ms(created_at: datetime, merged_at: datetime) -> int:
    """Request to merge by the clock on the wall, in milliseconds."""
    return max(0, _milliseconds(merged_at - created_at))


def tte_ms(created_at: datetime, merged_at: datetime, waits: Iterable[Span] = ()) -> int:
    """Request to merge in milliseconds, less the waits for people that lie between."""
    waited = timedelta()
    for wait in waits:
        overlap = min(wait.ends_at, merged_at) - max(wait.starts_at, created_at)
        waited += max(overlap, timedelta())
    return max(0, raw_tte_ms(created_at, merged_at) - _milliseconds(waited))


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))
