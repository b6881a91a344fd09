"""How full the queue is, without asking the database at every request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tasks_app.services.remembering import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

#: How old a count may be. Within it a burst may overshoot the limit by what one second brings.
_FRESH = timedelta(seconds=1)


class QueueGauge:
    """Remembers the last count of waiting tasks for a second."""

    def __init__(self, count: Callable[[int], int]) -> None:
        #: Counts waiting tasks, up to a number given.
        self._count = count
        self._lengths: Remembered[int, int] = Remembered(_FRESH)

    def is_at_least(self, limit: int, now: datetime) -> bool:
        """Whether `limit` tasks or more are waiting."""
        return self._lengths.get(limit, now, lambda: self._count(limit)) >= limit

    def forget(self) -> None:
        """Count anew at the next question."""
        self._lengths.forget()
