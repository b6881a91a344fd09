"""The merge queue of FakeForge: who stands in it, and what its own checks will say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from closedloop.ports.forge import CheckOutcome

if TYPE_CHECKING:
    from closedloop.ports.forge import MergeOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A pull request in the queue."""

    order: MergeOrder
    #: The commit that is checked for it.
    group_sha: str
    #: When its checks are over.
    ready_at: datetime


@dataclass(slots=True, kw_only=True)
class FakeQueue:
    """First come, first served, but for whoever is urgent."""

    entries: list[Entry] = field(default_factory=list)
    #: What the checks of a group say in the end; None leaves everybody standing.
    ci: CheckOutcome | None = CheckOutcome.SUCCESS
    #: How long they take.
    takes: timedelta = timedelta(seconds=20)

    def add(self, order: MergeOrder, group_sha: str, now: datetime) -> None:
        """Take a place; one pull request has one place."""
        if not self.holds(order.number):
            entry = Entry(order=order, group_sha=group_sha, ready_at=now + self.takes)
            self.entries.insert(0 if order.is_urgent else len(self.entries), entry)

    def holds(self, number: int) -> bool:
        """Whether it stands in the queue."""
        return self.group_of(number) is not None

    def group_of(self, number: int) -> str | None:
        """The commit that is checked for it."""
        return next((entry.group_sha for entry in self.entries if entry.order.number == number), None)

    def drop(self, number: int) -> None:
        """Let it go without having merged it."""
        self.entries = [entry for entry in self.entries if entry.order.number != number]

    def next_ready(self, now: datetime) -> Entry | None:
        """The first one, once its checks are over."""
        ready = [entry for entry in self.entries[:1] if self.ci is not None and entry.ready_at <= now]
        return ready[0] if ready else None
