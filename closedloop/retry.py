"""Whether and when to try again: pure, so that every job decides alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from closedloop.ports.errors import PortError

#: Beyond it every wait is the longest one, and a `timedelta` would overflow.
_MOST_DOUBLINGS = 20
#: Nothing waits longer because another side said so: its clock may be wrong by years, and asking once more
#: costs little.
_LONGEST_ORDERED = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with a cap on attempts."""

    #: Attempts in all, the first included.
    attempts: int = 5
    #: Wait after the first failure; doubles each time.
    first_wait: timedelta = timedelta(milliseconds=500)
    #: The longest wait between two attempts.
    longest_wait: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """The same step may run again at `at`."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """No further attempt; `code` says why."""

    code: str


def decide_retry(error: PortError, *, attempt: int, policy: RetryPolicy, now: datetime) -> TryAgain | GiveUp:
    """Decide after attempt number `attempt` (from 1) ended in `error`.

    Transient errors are tried again until the cap; a `retry_at` given by the other side is respected,
    up to two hours ahead.
    """
    if not error.is_transient or attempt >= policy.attempts:
        return GiveUp(code=error.code)
    doublings = min(attempt - 1, _MOST_DOUBLINGS)
    backoff = min(policy.first_wait * 2**doublings, policy.longest_wait)
    at = now + backoff
    if error.retry_at is None:
        return TryAgain(at=at)
    return TryAgain(at=max(at, min(error.retry_at, now + _LONGEST_ORDERED)))
