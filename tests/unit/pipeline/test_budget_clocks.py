"""What another machine wrote down is believed as far as its clock can be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks_app.pipeline.budget import BURST, Admit, Limits, Reason, Share, Spent, Standing, Wait, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = Limits(per_minute=10, per_hour=100, reserved_per_minute=0, reserved_per_hour=0)
MOMENT, SECOND, SLACK = timedelta(microseconds=1), timedelta(seconds=1), timedelta(seconds=2)
MINUTES, HOURS = timedelta(minutes=10), timedelta(hours=3)


def ask(
    *, spent: tuple[Spent, ...] = (), paced: datetime = NOW, blocked: datetime | None = None
) -> Admit | Wait:
    found = Standing(spent=spent, paced_until=paced, blocked_until=blocked)
    return decide(1, Share.EVERYDAY, found, LIMITS, now=NOW)


FREE = Admit(paced_until=NOW + SECOND)


@pytest.mark.parametrize("ahead", [SECOND, HOURS])
def test_a_pause_of_up_to_three_hours_is_kept(ahead):
    assert ask(blocked=NOW + ahead) == Wait(until=NOW + ahead, reason=Reason.BLOCKED)


@pytest.mark.parametrize("blocked", [None, NOW, NOW - SECOND, NOW + HOURS + MOMENT])
def test_a_pause_that_is_over_or_beyond_belief_stops_nobody(blocked):
    assert ask(blocked=blocked) == FREE


@pytest.mark.parametrize("ahead", [BURST * SECOND, MINUTES])
def test_a_pace_of_up_to_ten_minutes_is_kept(ahead):
    expected = Wait(until=NOW + ahead - (BURST - 1) * SECOND, reason=Reason.PACE)
    assert ask(paced=NOW + ahead) == expected


def test_a_pace_beyond_belief_begins_anew():
    assert ask(paced=NOW + MINUTES + MOMENT) == FREE


@pytest.mark.parametrize("ahead", [timedelta(0), SECOND, MINUTES])
def test_what_is_under_way_counts_as_if_it_ended_now(ahead):
    full = (Spent(at=NOW + ahead, writes=10),)
    assert ask(spent=full) == Wait(until=NOW + timedelta(minutes=1) + SLACK, reason=Reason.MINUTE)


def test_what_would_end_beyond_belief_does_not_count():
    assert ask(spent=(Spent(at=NOW + MINUTES + MOMENT, writes=10),)) == FREE
