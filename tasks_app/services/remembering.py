"""What is read again only after a while, and then by one thread: the others go by what was read before."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
T = TypeVar("T")


class Remembered(Generic[K, T]):
    """Values by key, for the threads of this process."""

    def __init__(self, fresh: timedelta) -> None:
        self._fresh = fresh
        self._known: dict[K, tuple[datetime, T]] = {}
        # Whoever reads may be led to ask again, by the same thread.
        self._reading = threading.RLock()

    def get(self, key: K, now: datetime, read: Callable[[], T]) -> T:
        """What was read at most `fresh` ago, or a little longer while somebody reads it anew."""
        known = self._known.get(key)
        if known is not None and self._is_fresh(known[0], now):
            return known[1]
        if not self._reading.acquire(blocking=known is None):
            assert known is not None  # noqa: S101 - for the type checker: who has nothing waits
            return known[1]
        try:
            # Whoever waited finds what the other one has read.
            known = self._known.get(key)
            if known is None or not self._is_fresh(known[0], now):
                known = self._known[key] = (now, read())
            return known[1]
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Read anew at the next question."""
        self._known.clear()

    def _is_fresh(self, read_at: datetime, now: datetime) -> bool:
        return timedelta(0) <= now - read_at < self._fresh
