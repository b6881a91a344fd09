from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks_app.pipeline.states import TASK, State
from tasks_app.pipeline.steps import (
    DEADLINE_CODES,
    DEADLINES,
    deadline_after,
    next_aftercare,
    next_look,
    next_look_at_computed,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waited_s", "look_s"),
    [
        (-5.0, 0.1),  # another machine's clock is ahead of ours
        (0.0, 0.1),
        (0.09, 0.1),
        (0.1, 0.3),
        (0.5, 1.0),
        (1.0, 2.0),
        (3.9, 4.0),
        (17.0, 25.0),
        (24.9, 25.0),
        (25.0, 40.0),
        (3600.0, 3615.0),
    ],
)
def test_looks_are_frequent_at_first_and_rare_later(waited_s, look_s):
    at = next_look(NOON, NOON + timedelta(seconds=waited_s))
    assert at == NOON + timedelta(seconds=look_s)


@pytest.mark.parametrize(
    ("waited_s", "look_s"),
    [
        (0.0, 0.1),
        (0.5, 0.7),
        (1.0, 2.0),
        (2.0, 4.0),
        (15.0, 15.7),
        (15.7, 17.0),
        (17.0, 25.0),
        (25.0, 30.0),
        (30.1, 30.7),
        (31.0, 32.0),
        (32.0, 45.0),
    ],
)
def test_what_is_computed_on_asking_is_asked_for_again_soon(waited_s, look_s):
    at = next_look_at_computed(NOON, NOON + timedelta(seconds=waited_s))
    assert (at - NOON).total_seconds() == pytest.approx(look_s)


def test_the_next_look_is_always_ahead():
    moments = [NOON + timedelta(milliseconds=17 * step) for step in range(4000)]
    assert all(next_look(NOON, now) > now for now in moments)
    assert all(next_look_at_computed(NOON, now) > now for now in moments)


@pytest.mark.parametrize("state", sorted(DEADLINES))
def test_a_deadline_lies_ahead_by_what_the_state_may_take(state):
    assert deadline_after(state, NOON) == NOON + DEADLINES[state]


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_that_can_pass_has_a_deadline_with_a_code(state):
    waits_for_people = state is State.NEEDS_OPERATOR
    settled = state in TASK.terminal | {State.DONE, State.FAILED}
    has_one = deadline_after(state, NOON) is not None
    assert has_one is not (waits_for_people or settled)
    assert (state in DEADLINES) is (state in DEADLINE_CODES) is has_one


@pytest.mark.parametrize(
    ("since", "wait"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(seconds=59), timedelta(minutes=1)),
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(minutes=7), timedelta(minutes=7)),
        (timedelta(hours=23, minutes=59), timedelta(hours=23, minutes=59)),
        (timedelta(hours=24), None),
        (timedelta(days=9), None),
    ],
)
def test_what_was_given_up_is_asked_after_ever_more_rarely_for_a_day(since, wait):
    now = NOON + since
    assert next_aftercare(NOON, now) == (now + wait if wait else None)
