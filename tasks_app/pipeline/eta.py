"""When a task will be done, as far as one can tell. Pure.

What is left of the present stage, then every later one as long as it usually takes. In between there is the
lane: whoever finds a pull request in flight leaves with the next one, after it or on its head.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tasks_app.pipeline.states import SETTLED, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: How long a stay lasts while nothing was learnt: what the stage budget allows, and usual sites need.
AT_FIRST: dict[State, timedelta] = {
    State.GENERATING: timedelta(seconds=3),
    State.JUDGING: timedelta(seconds=0.5),
    State.PUBLISHING: timedelta(seconds=4),
    State.AWAITING_CI: timedelta(seconds=25),
    State.MERGING: timedelta(seconds=2),
    State.DEPLOYING: timedelta(seconds=30),
    State.VERIFYING: timedelta(seconds=5),
}

#: What is overdue takes this share of its usual time more, as far as one can tell.
_OVERDUE = 5

_ALONE = (State.GENERATING, State.JUDGING)
_ABOARD = (State.PUBLISHING, State.AWAITING_CI, State.MERGING)
_LIVE = (State.DEPLOYING, State.VERIFYING)
_ROUTE = (*_ALONE, *_ABOARD, *_LIVE)

_NO_TIME = timedelta(0)

#: Who is here waits for a person, or for nothing any more.
_OPEN_END = SETTLED | {State.NEEDS_OPERATOR, State.AWAITING_APPROVAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Who is in a state, and since when."""

    state: State
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known of the traffic at a moment."""

    #: How long tasks usually stay in each state of `AT_FIRST`.
    usual: Mapping[State, timedelta]
    #: Tasks that nobody has begun.
    queued: int
    #: Drafts that are made at the same time.
    drafts_at_once: int
    #: Tasks that wait for the lane, and how many of them leave together.
    waiting: int
    party: int
    #: The pull request in flight; None while the lane is free.
    in_flight: Stay | None
    #: From when on the next one may leave on its head; None when that waits until it is merged.
    berth_at: datetime | None
    #: Whether pull requests are built on each other: then two are under way at a time.
    is_stacking: bool
    #: Since when a rollback has the right of way.
    frozen_at: datetime | None


def predict(stay: Stay, outlook: Outlook, now: datetime) -> datetime | None:
    """When the task will be done or rolled back; None when that is for people to say, or it is settled.

    Never in the past: what is overdue is expected a little later than now.
    """
    if stay.state in _OPEN_END:
        return None
    if stay.state is State.ROLLING_BACK:
        return now + _way_back_left(stay.since, outlook, now)
    if stay.state in _LIVE:
        return now + _left(stay, _LIVE, outlook, now)
    live = _sum(_LIVE, outlook)
    if stay.state in _ABOARD:
        return now + _until_merged(stay, outlook, now) + live
    merged = _until_departure(stay, outlook, now) + _sum(_ABOARD, outlook)
    return now + max(merged, _thaw(outlook, now)) + live


def _until_departure(stay: Stay, outlook: Outlook, now: datetime) -> timedelta:
    """Until a pull request leaves that carries the task."""
    ready, free = _until_ready(stay, outlook, now), _until_free(outlook, now)
    batch = _sum(_ABOARD, outlook) / (2 if outlook.is_stacking else 1)
    parties_ahead = max(outlook.waiting - 1, 0) // outlook.party
    has_company = outlook.waiting > 0 or outlook.queued > outlook.drafts_at_once
    if ready <= free or not has_company:
        return max(ready, free) + parties_ahead * batch
    # Others take the lane before; on the average half a batch is still on its way then.
    return max(ready + batch / 2, free + batch) + parties_ahead * batch


def _until_ready(stay: Stay, outlook: Outlook, now: datetime) -> timedelta:
    """Until the task has an answer that was accepted."""
    if stay.state is State.WAITING_FOR_LANE:
        return _NO_TIME
    if stay.state in _ALONE:
        return _left(stay, _ALONE, outlook, now)
    # As if everybody in line stood before them: those who have stood there for long have few before them.
    line = outlook.usual[State.GENERATING] * outlook.queued / outlook.drafts_at_once
    return _rest(line + _sum(_ALONE, outlook), _spent(stay.since, now))


def _until_free(outlook: Outlook, now: datetime) -> timedelta:
    """Until there is a place in the lane."""
    if outlook.berth_at:
        return max(outlook.berth_at - now, _NO_TIME)
    if outlook.in_flight:
        return _until_merged(outlook.in_flight, outlook, now)
    return _thaw(outlook, now)


def _until_merged(stay: Stay, outlook: Outlook, now: datetime) -> timedelta:
    """Until a pull request is merged, which nothing is while a rollback has the right of way."""
    return max(_left(stay, _ABOARD, outlook, now), _thaw(outlook, now))


def _thaw(outlook: Outlook, now: datetime) -> timedelta:
    return _way_back_left(outlook.frozen_at, outlook, now) if outlook.frozen_at else _NO_TIME


def _way_back_left(since: datetime, outlook: Outlook, now: datetime) -> timedelta:
    """A rollback is a pull request like any other, and is live when it is deployed and confirmed."""
    return _rest(_sum((*_ABOARD, *_LIVE), outlook), _spent(since, now))


def _left(stay: Stay, stages: tuple[State, ...], outlook: Outlook, now: datetime) -> timedelta:
    """What is left of these stages to one that is in one of them."""
    here = stages.index(stay.state)
    return _rest(outlook.usual[stay.state], _spent(stay.since, now)) + _sum(stages[here + 1 :], outlook)


def _rest(usual: timedelta, spent: timedelta) -> timedelta:
    return max(usual - spent, usual / _OVERDUE)


def _spent(since: datetime, now: datetime) -> timedelta:
    # Another machine's clock may be ahead of ours.
    return max(now - since, _NO_TIME)


def _sum(stages: Iterable[State], outlook: Outlook) -> timedelta:
    return sum((outlook.usual[stage] for stage in stages), _NO_TIME)
