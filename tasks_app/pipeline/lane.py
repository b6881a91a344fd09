"""Who leaves together in the next pull request. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Passenger:
    """A task that waits for the lane."""

    task_id: UUID
    #: P0 … P3.
    priority: str
    #: When it began to wait.
    since: datetime
    #: Must travel alone: a pull request it shared was red.
    is_solo: bool


def next_party(waiting: Sequence[Passenger], *, size: int) -> list[UUID]:
    """The tasks of the next pull request, in the order of their commits.

    Urgent ones go first, then whoever waits longest. One that must travel alone does so when its
    turn comes; everybody else shares, up to `size`.
    """
    order = sorted(waiting, key=lambda p: (p.priority, p.since, str(p.task_id)))
    if not order:
        return []
    if order[0].is_solo:
        return [order[0].task_id]
    return [p.task_id for p in order if not p.is_solo][:size]
