"""How long what is waited for usually takes, and when to look at it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tasks_app.pipeline import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: How many of the last durations count: enough for a quantile, few enough to follow a change within a day.
KEPT = 20
#: With fewer nothing is known.
_ENOUGH = 3

#: In percent of the early end. Red may come at once, and a person may act: a few looks before it.
_BEFORE = (25, 50, 95)
#: The longest that nobody looks before the end is near.
_LONGEST_GAP = timedelta(minutes=1)
#: Near the expected end the looks are this share of it apart.
_STEP = 20
_DENSEST, _RAREST = timedelta(seconds=0.5), timedelta(seconds=15)

#: A deadline is so many late ends away. It stays below so many floors: what is given up on late makes the
#: next one seem usual, and without a bound deadlines would grow for ever.
_LATE_ENDS, _FLOORS = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How long something took lately. Quantiles, because one that hung must not move them."""

    #: Half were over before this.
    typical: timedelta
    #: One in ten was over before this.
    early: timedelta
    #: One in ten took longer.
    late: timedelta


def usual_of(lately: Sequence[timedelta]) -> Usual | None:
    """Sum up the last durations; None while there are too few to know anything."""
    if len(lately) < _ENOUGH:
        return None
    ranked = sorted(lately)
    return Usual(typical=_percentile(ranked, 50), early=_percentile(ranked, 10), late=_percentile(ranked, 90))


def _percentile(ranked: Sequence[timedelta], percent: int) -> timedelta:
    """The nearest rank: always a duration that was."""
    return ranked[-(-len(ranked) * percent // 100) - 1]


def slowest(waiting_for: Iterable[str], known: Mapping[str, Usual]) -> Usual | None:
    """What takes longest among several that run side by side, as far as they are known."""
    found = [known[name] for name in waiting_for if name in known]
    return max(found, key=lambda one: one.typical, default=None)


def next_look(since: datetime, now: datetime, usual: Usual | None) -> datetime:
    """When to look again at what is waited for since then: rarely, and often near its usual end.

    While nothing is known: often at first. Webhooks wake earlier; these looks are for when they are lost.
    """
    if usual is None:
        return steps.next_look(since, now)
    marks = (since + usual.early * percent / 100 for percent in _BEFORE)
    ahead = next((mark for mark in marks if mark > now), None)
    if ahead:
        return min(max(ahead, now + _DENSEST), now + _LONGEST_GAP)
    is_overdue = now - since >= usual.late * 3 / 2
    return now + (_RAREST if is_overdue else min(max(usual.typical / _STEP, _DENSEST), _RAREST))


def allowance(floor: timedelta, usual: Usual | None) -> timedelta:
    """How long to wait before giving up: never less than what operators allow."""
    return max(floor, min(usual.late * _LATE_ENDS, floor * _FLOORS)) if usual else floor
