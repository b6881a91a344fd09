"""What a process remembers of a database that was away, so that not every request waits to learn it."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

import structlog
from django.db import InterfaceError, InternalError, OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What drivers raise when the database is away, locked, restarting, or too slow for us; and when it takes no
#: writes, as one that another has taken over from (PostgreSQL's is an InternalError).
AWAY = (OperationalError, InterfaceError, InternalError)
#: Seconds for which others take the word of the one who found it away; then one of them asks again.
_PAUSE_S = 2.0
#: An error that comes sooner than this may be about a connection left dead by a restart: a new one is tried.
_AT_ONCE_S = 0.25


class DatabaseAway(Exception):  # noqa: N818 - a state of affairs
    """The database cannot be asked; whether a statement under way had its effect is not known."""


class Outage:
    """Shared by the threads of a process. Reads and writes need one each: a locked SQLite can be read."""

    def __init__(self, *, takes_turns: bool = False) -> None:
        self._lock = threading.Lock()
        #: SQLite writers poll for its lock: among many threads one may poll in vain for long. They stand in
        #: line here instead; who comes after one that found it locked need not try.
        self._turn = threading.Lock() if takes_turns else None
        #: Until when nobody asks, on the monotonic clock; 0 while all is well.
        self._until_s = 0.0
        #: Whether the database was ever found away since `forget`.
        self.was_noted = False

    def ask(self, question: Callable[[], T]) -> T:
        """What the database says to `question`, a callable that may be run twice.

        Raises DatabaseAway when it is away, at once when it was a moment ago.
        """
        with self._turn if self._turn and connection.vendor == "sqlite" else nullcontext():
            if not self._may_ask():
                raise DatabaseAway("it was away a moment ago")
            return self._asked(question)

    def _asked(self, question: Callable[[], T]) -> T:
        began_s = time.monotonic()
        try:
            try:
                found = question()
            except AWAY:
                if time.monotonic() - began_s > _AT_ONCE_S:
                    raise
                connection.close_if_unusable_or_obsolete()
                found = question()
        except AWAY as error:
            self._note(error)
            raise DatabaseAway(type(error).__name__) from error
        except Exception:
            self._until_s = 0.0  # it refused, hence it is there
            raise
        self._until_s = 0.0
        return found

    def forget(self) -> None:
        """Nothing of it concerns us any more."""
        self._until_s, self.was_noted = 0.0, False

    def _may_ask(self) -> bool:
        if not self._until_s:
            return True
        with self._lock:
            now_s = time.monotonic()
            if now_s < self._until_s:
                return False
            # This one asks on behalf of all; who comes meanwhile goes by what is known.
            self._until_s = now_s + _PAUSE_S
            return True

    def _note(self, error: Exception) -> None:
        log.error("database_away", error=type(error).__name__, detail=str(error))
        self.was_noted = True
        self._until_s = time.monotonic() + _PAUSE_S


#: Of those that store something, and of those that only read.
writes, reads = Outage(takes_turns=True), Outage()
