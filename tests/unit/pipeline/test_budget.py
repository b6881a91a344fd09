"""Who may write on the forge now, and when if not: windows that slide exactly, a pace, and a reserve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.budget import (
    BURST,
    PACE,
    Admit,
    Limits,
    Reason,
    Room,
    Share,
    Spent,
    Standing,
    Wait,
    decide,
    pull_writes,
    rooms,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, SLACK = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=2)
GITHUB = Limits(per_minute=80, per_hour=500, reserved_per_minute=20, reserved_per_hour=60)
NONE = Limits(per_minute=0, per_hour=0, reserved_per_minute=20, reserved_per_hour=60)


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def standing(*spent, paced_until=NOW, blocked_until=None):
    known = tuple(Spent(at=at, writes=writes) for at, writes in spent)
    return Standing(spent=known, paced_until=paced_until, blocked_until=blocked_until)


def ask(writes, found, share=Share.EVERYDAY, limits=GITHUB):
    return decide(writes, share, found, limits, now=NOW)


def paced(seconds):
    return Admit(paced_until=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("writes", "spent", "verdict"),
    [
        (4, [], paced(4)),
        (60, [], paced(BURST)),
        (10, [(ago(30), 50)], paced(BURST)),
        (11, [(ago(30), 50)], Wait(until=ago(30) + MINUTE + SLACK, reason=Reason.MINUTE)),
        (11, [(ago(62), 50), (ago(10), 49)], paced(BURST)),
        (11, [(ago(61.9), 10), (ago(10), 40)], Wait(until=ago(61.9) + MINUTE + SLACK, reason=Reason.MINUTE)),
        (1, [(ago(100), 440)], Wait(until=ago(100) + HOUR + SLACK, reason=Reason.HOUR)),
        (1, [(ago(3500), 300), (ago(100), 140)], Wait(until=ago(3500) + HOUR + SLACK, reason=Reason.HOUR)),
        (1, [(ago(3603), 300), (ago(100), 140)], paced(1)),
    ],
)
def test_everyday_work_leaves_the_reserve_alone(writes, spent, verdict):
    assert ask(writes, standing(*spent)) == verdict


@pytest.mark.parametrize(
    ("writes", "spent", "verdict"),
    [
        (7, [(ago(30), 60)], paced(BURST)),
        (20, [(ago(30), 60)], paced(BURST)),
        (21, [(ago(30), 60)], Wait(until=ago(30) + MINUTE + SLACK, reason=Reason.MINUTE)),
        (7, [(ago(100), 493)], paced(BURST)),
        (8, [(ago(100), 493)], Wait(until=ago(100) + HOUR + SLACK, reason=Reason.HOUR)),
    ],
)
def test_a_rollback_may_use_the_reserve(writes, spent, verdict):
    assert ask(writes, standing(*spent), Share.ROLLBACK) == verdict


def test_a_burst_may_be_followed_by_one_a_second():
    assert ask(1, standing(paced_until=NOW + (BURST - 1) * PACE)) == paced(BURST)
    late = standing(paced_until=NOW + (BURST - 0.5) * PACE)
    assert ask(1, late) == Wait(until=NOW + timedelta(seconds=0.5), reason=Reason.PACE)
    assert ask(1, late, Share.ROLLBACK) == paced(BURST + 0.5)


def test_an_act_larger_than_the_window_goes_when_it_is_alone_in_it():
    large = 201
    assert ask(large, standing((ago(63), 5))) == paced(BURST)
    assert ask(large, standing((ago(3), 1))) == Wait(until=ago(3) + MINUTE + SLACK, reason=Reason.MINUTE)


def test_what_the_forge_asked_for_binds_rollbacks_too():
    until = NOW + timedelta(minutes=5)
    blocked = standing(blocked_until=until)
    assert ask(1, blocked) == ask(1, blocked, Share.ROLLBACK) == Wait(until=until, reason=Reason.BLOCKED)
    assert ask(1, standing(blocked_until=NOW)) == paced(1)


def test_an_act_under_way_counts_and_may_end_any_moment():
    found = standing((NOW + timedelta(seconds=30), 60))
    assert ask(1, found) == Wait(until=NOW + MINUTE + SLACK, reason=Reason.MINUTE)


def test_without_limits_everything_goes_at_once():
    busy = standing((ago(1), 10_000), paced_until=NOW)
    assert ask(500, busy, limits=NONE) == Admit(paced_until=NOW)


def test_what_is_left_is_told_for_each_window():
    spent = standing((ago(10), 63), (ago(100), 4), (ago(4000), 5)).spent
    minute = Room(length=MINUTE, used=63, everyday=0, rollback=17)
    assert rooms(spent, GITHUB, now=NOW) == [minute, Room(length=HOUR, used=67, everyday=373, rollback=433)]
    assert rooms(spent, NONE, now=NOW) == []
    reserved = Limits(per_minute=20, per_hour=0, reserved_per_minute=20, reserved_per_hour=0)
    assert rooms([], reserved, now=NOW) == [Room(length=MINUTE, used=0, everyday=0, rollback=20)]


@pytest.mark.parametrize(("seconds", "used"), [(58, 3), (61.9, 3), (62, 0)])
def test_what_is_used_counts_for_the_window_and_its_slack(seconds, used):
    spent = standing((ago(seconds), 3)).spent
    assert rooms(spent, GITHUB, now=NOW)[0].used == used


@given(
    st.lists(st.tuples(st.integers(1, 70), st.sampled_from(Share), st.floats(0, 40)), min_size=1, max_size=60)
)
def test_no_minute_and_no_hour_ever_holds_more_than_the_forge_allows(asked):
    now, found = NOW, standing()
    for writes, share, pause_s in asked:
        now += timedelta(seconds=pause_s)
        while isinstance(verdict := decide(min(writes, 60), share, found, GITHUB, now=now), Wait):
            assert verdict.until > now
            now = verdict.until
        spent = [*found.spent, Spent(at=now, writes=min(writes, 60))]
        found = Standing(spent=spent, paced_until=verdict.paced_until, blocked_until=None)
        for length, most in ((MINUTE, 80), (HOUR, 500)):
            assert sum(one.writes for one in spent if now - length < one.at) <= most


def test_labels_cost_a_request_of_their_own():
    assert (pull_writes(()), pull_writes(("P0",))) == (1, 2)


def test_whoever_wrote_with_a_clock_far_ahead_stops_nobody():
    ahead = NOW + timedelta(days=1)
    found = standing((ahead, 80), (ago(5), 2), paced_until=ahead)
    assert ask(1, found) == paced(1)
