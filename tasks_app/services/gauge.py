"""How full the queue is, without asking the database at every request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: How old a count may be. Within it a burst may overshoot the limit by what one second brings.
_FRESH = timedelta(seconds=1)


class QueueGauge:
    """Remembers the last count of waiting tasks for a second."""

    def __init__(self, count: Callable[[int], int]) -> None:
        #: Counts waiting tasks, up to a number given.
        self._count = count
        self._read_at: datetime | None = None
        self._length = 0

    def is_at_least(self, limit: int, now: datetime) -> bool:
        """Whether `limit` tasks or more are waiting."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < _FRESH:
            self._read_at, self._length = now, self._count(limit)
        return self._length >= limit

    def forget(self) -> None:
        """Count anew at the next question."""
        self._read_at = None
