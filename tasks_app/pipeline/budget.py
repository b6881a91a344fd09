"""The forge's limit on writes, shared by all workers: may an act go on now, and when if not. Pure.

GitHub counts requests that create content: about 80 a minute and 500 an hour for one account, over them it
answers 403 or 429 to everybody. It also asks for a second between writes.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: Writes that may follow each other at once, after a rest: those that carry one change from branch to merge,
#: so that a lone question never waits for the pace.
BURST = 6
#: One write in so much time, on the average.
PACE = timedelta(seconds=1)
#: Clocks of several machines differ, and a request travels: our windows are longer than the forge's.
_SLACK = timedelta(seconds=2)
#: No act under way ends so late, and no pace is so far ahead.
_FAR = timedelta(minutes=10)
#: The forge's windows are an hour long; its adapter asks for two at most.
_LONGEST_BLOCK = timedelta(hours=3)


class Share(StrEnum):
    """Out of which part of the budget an act is paid."""

    EVERYDAY = "everyday"
    #: May use what is kept back from everyday work, and does not wait for the pace.
    ROLLBACK = "rollback"


class Reason(StrEnum):
    """What an act waits for."""

    BLOCKED = "the forge asked for a pause"
    MINUTE = "this minute's writes are used up"
    HOUR = "this hour's writes are used up"
    PACE = "writes follow each other too fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the forge allows, and how much of it is kept for rollbacks."""

    #: Writes in any minute; 0: no limit, and no pace.
    per_minute: int
    #: Writes in any hour; 0: no limit.
    per_hour: int
    #: Of these, for rollbacks alone.
    reserved_per_minute: int
    reserved_per_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """An act that was paid for."""

    #: When the last of its requests may have reached the forge; in the future while it is under way.
    at: datetime
    writes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The budget as it is."""

    #: At least everything of the last hour.
    spent: Sequence[Spent]
    #: When all writes so far would be over if one was made per `PACE`.
    paced_until: datetime
    #: Nobody writes before this: the forge said so.
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """The act may go on, and is to be written down."""

    paced_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not before `until`."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How full a window is."""

    length: timedelta
    #: Writes that count in it now.
    used: int
    #: Writes left for everyday work, and for a rollback.
    everyday: int
    rollback: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    reason: Reason
    length: timedelta
    cap: int
    reserved: int

    def allowed(self, share: Share) -> int:
        """How many writes may be in it after an act out of `share`."""
        return self.cap if share is Share.ROLLBACK else max(self.cap - self.reserved, 0)


def decide(writes: int, share: Share, standing: Standing, limits: Limits, *, now: datetime) -> Admit | Wait:
    """Decide about an act of `writes` requests.

    An act that is larger than a window is admitted when it would be alone in it: it may be refused by the
    forge, but it does not wait for ever.
    """
    standing = _believable(standing, now)
    waits = [Wait(until=standing.blocked_until or now, reason=Reason.BLOCKED)]
    for window in _windows(limits):
        room = max(window.allowed(share) - writes, 0)
        waits.append(Wait(until=_opens_at(window, room, standing.spent, now), reason=window.reason))
    if share is Share.EVERYDAY and limits.per_minute:
        waits.append(Wait(until=standing.paced_until - (BURST - 1) * PACE, reason=Reason.PACE))
    longest = max(waits, key=lambda wait: wait.until)
    if longest.until > now:
        return longest
    # The minute's window looks after acts of many writes; the pace only keeps acts apart.
    took = min(writes, BURST) * PACE if limits.per_minute else timedelta(0)
    return Admit(paced_until=max(standing.paced_until, now) + took)


def _believable(standing: Standing, now: datetime) -> Standing:
    """What a clock far ahead of ours wrote down is left out: it would stop everybody until it is over."""
    blocked, paced = standing.blocked_until, standing.paced_until
    return Standing(
        spent=[one for one in standing.spent if one.at <= now + _FAR],
        paced_until=paced if paced <= now + _FAR else now,
        blocked_until=blocked if blocked and blocked <= now + _LONGEST_BLOCK else None,
    )


def rooms(spent: Sequence[Spent], limits: Limits, *, now: datetime) -> list[Room]:
    """What is used and left in each window that has a limit."""
    found = []
    for window in _windows(limits):
        used = sum(one.writes for one in spent if one.at > now - window.length - _SLACK)
        everyday, rollback = (max(window.allowed(share) - used, 0) for share in Share)
        found.append(Room(length=window.length, used=used, everyday=everyday, rollback=rollback))
    return found


def pull_writes(labels: Collection[str]) -> int:
    """Requests that open a pull request; labels take a second one."""
    return 2 if labels else 1


def _windows(limits: Limits) -> list[_Window]:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    known = (
        _Window(
            reason=Reason.MINUTE, length=minute, cap=limits.per_minute, reserved=limits.reserved_per_minute
        ),
        _Window(reason=Reason.HOUR, length=hour, cap=limits.per_hour, reserved=limits.reserved_per_hour),
    )
    return [window for window in known if window.cap]


def _opens_at(window: _Window, room: int, spent: Sequence[Spent], now: datetime) -> datetime:
    """When no more than `room` writes are left in the window; `now` if that is so already."""
    length = window.length + _SLACK
    # What is under way is taken to end now: it may end any moment, and is asked for again then.
    inside = sorted((min(one.at, now), one.writes) for one in spent if one.at > now - length)
    count, opens = sum(writes for _, writes in inside), now
    for at, writes in inside:
        if count <= room:
            break
        count, opens = count - writes, at + length
    return opens
