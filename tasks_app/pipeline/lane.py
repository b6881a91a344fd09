"""Who leaves together in the next pull request. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    _Turn = tuple[int, datetime, datetime, str]

#: Whoever waited so long is treated as one priority higher, so that nobody waits for ever.
_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passenger:
    """A task that waits for the lane."""

    task_id: UUID
    #: P0 … P3.
    priority: str
    #: When it began to wait.
    since: datetime
    #: When it was asked for: the order among those that came back to the lane together.
    asked_at: datetime
    #: The part of a red party that it belongs to, with which it travels and with nobody else.
    part: UUID | None = None
    #: It was aboard a red pull request, and may be guilty although it is in no part.
    was_red: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who travels together, in the order of their commits."""

    task_ids: tuple[UUID, ...]
    part: UUID | None = None


def next_party(
    waiting: Iterable[Passenger], *, now: datetime, size: int, last_was_part: bool, is_doubtful: bool
) -> Party | None:
    """The tasks of the next pull request; None when nobody waits.

    1. The part or the rest of them with the most urgent passenger goes first.
    2. Parts of a red party and everybody else take turns, so that neither waits for the other to end. Only
       those who were set free of suspicion wait for the parts: tried together, they need one run. They go
       first when there were so many red ones in a row that CI is in doubt.
    3. Then whoever waits longest. Everybody else shares a pull request, up to `size`; a part goes whole.
    """
    crowds: defaultdict[UUID | None, list[Passenger]] = defaultdict(list)
    for passenger in sorted(waiting, key=lambda one: _turn(one, now)):
        crowds[passenger.part].append(passenger)
    if not crowds:
        return None
    is_anybody_new = any(not one.was_red for one in crowds.get(None, ()))
    are_others_due = last_was_part and (is_anybody_new or is_doubtful)

    def turn(part: UUID | None) -> tuple[int, bool, _Turn]:
        first = _turn(crowds[part][0], now)
        return first[0], (part is None) is not are_others_due, first

    part = min(crowds, key=turn)
    return Party(task_ids=_ids(crowds[part] if part else crowds[part][:size]), part=part)


def _turn(passenger: Passenger, now: datetime) -> _Turn:
    urgency = int(passenger.priority.removeprefix("P"))
    waited = max(now - passenger.since, timedelta(0))  # another machine's clock may be ahead of ours
    rank = max(urgency - waited // _AGE, 0)
    return rank, passenger.since, passenger.asked_at, str(passenger.task_id)


def _ids(passengers: Sequence[Passenger]) -> tuple[UUID, ...]:
    return tuple(passenger.task_id for passenger in passengers)
