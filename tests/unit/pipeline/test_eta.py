from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.eta import AT_FIRST, Outlook, Stay, predict
from tasks_app.pipeline.states import SETTLED, State

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
USUAL = {
    State.GENERATING: 2, State.JUDGING: 1, State.PUBLISHING: 3, State.AWAITING_CI: 20, State.MERGING: 2,
    State.DEPLOYING: 10, State.VERIFYING: 5,
}  # fmt: skip
ON_FOOT = (State.QUEUED, State.GENERATING, State.JUDGING, State.WAITING_FOR_LANE)
ABOARD = (State.PUBLISHING, State.AWAITING_CI, State.MERGING)
MOVING = [*ON_FOOT, *ABOARD, State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK]


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


QUIET = Outlook(
    usual={state: s(seconds) for state, seconds in USUAL.items()},
    queued=0, drafts_at_once=10, waiting=0, party=100, in_flight=None, berth_at=None,
    is_stacking=False, frozen_at=None,
)  # fmt: skip


def eta_s(state: State, outlook: Outlook = QUIET, *, waited_s: float = 0) -> float:
    """Seconds from now until it is done."""
    eta = predict(Stay(state=state, since=NOON - s(waited_s)), outlook, NOON)
    assert eta is not None
    return (eta - NOON).total_seconds()


def flying(state: State, waited_s: float = 0, **known) -> Outlook:
    return replace(QUIET, in_flight=Stay(state=state, since=NOON - s(waited_s)), **known)


@pytest.mark.parametrize(
    ("state", "waited_s", "left_s"),
    [
        (State.QUEUED, 0, 43),
        (State.GENERATING, 1, 42),
        (State.JUDGING, 0, 41),
        (State.WAITING_FOR_LANE, 9, 40),
        (State.PUBLISHING, 1, 39),
        (State.AWAITING_CI, 15, 22),
        (State.AWAITING_CI, 16, 21),
        (State.AWAITING_CI, 500, 21),  # overdue: a fifth more
        (State.AWAITING_CI, -5, 37),  # another machine's clock is ahead of ours
        (State.MERGING, 1, 16),
        (State.DEPLOYING, 0, 15),
        (State.VERIFYING, 2, 3),
        (State.ROLLING_BACK, 30, 10),
    ],
)
def test_what_is_left_of_this_stage_and_all_later_ones_makes_the_end(state, waited_s, left_s):
    assert eta_s(state, waited_s=waited_s) == left_s


@pytest.mark.parametrize("state", sorted(SETTLED | {State.NEEDS_OPERATOR, State.AWAITING_APPROVAL}))
def test_there_is_no_telling_when_it_is_settled_or_a_persons_turn(state):
    assert predict(Stay(state=state, since=NOON), QUIET, NOON) is None


@pytest.mark.parametrize(
    ("state", "outlook", "left_s"),
    [
        # What is in flight has 12 s to go; then one whole batch, and the deploy.
        (State.WAITING_FOR_LANE, flying(State.AWAITING_CI, 10), 12 + 25 + 15),
        (State.WAITING_FOR_LANE, flying(State.AWAITING_CI, 10, waiting=1), 12 + 25 + 15),
        (State.QUEUED, flying(State.AWAITING_CI, 10), 12 + 25 + 15),
        (State.QUEUED, flying(State.MERGING, 1), 3 + 25 + 15),  # the lane is free before the answer is
        # There is a place on its head, now or soon; and two are under way at a time.
        (State.WAITING_FOR_LANE, flying(State.AWAITING_CI, 10, berth_at=NOON + s(4)), 4 + 25 + 15),
        (State.WAITING_FOR_LANE, flying(State.AWAITING_CI, 10, berth_at=NOON - s(4)), 25 + 15),
        (
            State.WAITING_FOR_LANE,
            flying(State.AWAITING_CI, 10, is_stacking=True, waiting=150),
            12 + 25 / 2 + 25 + 15,
        ),
        (State.WAITING_FOR_LANE, flying(State.MERGING, 0, berth_at=NOON, frozen_at=NOON - s(1)), 39 + 15),
        # The lane is free before the answer, and others take it: half a batch on the average, at least one.
        (State.QUEUED, flying(State.MERGING, 1, waiting=1), 1 + 25 + 25 + 15),
        (State.QUEUED, flying(State.MERGING, 1, waiting=4), 1 + 25 + 25 + 15),
        (State.QUEUED, flying(State.MERGING, 1, waiting=4, party=2), 1 + 25 + 25 + 25 + 15),
        (State.QUEUED, replace(QUIET, queued=200), 43 + 12.5 + 40),
        (State.QUEUED, replace(QUIET, queued=10), 2 + 43),
        # More wait than one pull request takes.
        (State.WAITING_FOR_LANE, replace(QUIET, waiting=101), 25 + 40),
        (State.WAITING_FOR_LANE, replace(QUIET, waiting=100), 40),
        (State.WAITING_FOR_LANE, replace(QUIET, waiting=1, party=1), 40),
    ],
)
def test_who_finds_a_pull_request_in_flight_leaves_with_the_next_one(state, outlook, left_s):
    assert eta_s(state, outlook) == left_s


def test_who_has_stood_in_line_for_long_has_few_before_them():
    crowd = replace(QUIET, queued=200)
    assert [eta_s(State.QUEUED, crowd, waited_s=waited_s) for waited_s in (0, 38)] == [95.5, 25 + 40]


@pytest.mark.parametrize(
    ("state", "left_s"),
    [
        (State.WAITING_FOR_LANE, 30 + 25 + 15),
        (State.MERGING, 30 + 15),
        (State.DEPLOYING, 15),
        (State.ROLLING_BACK, 40),
    ],
)
def test_a_rollback_is_waited_for_before_anything_is_merged(state, left_s):
    assert eta_s(state, replace(QUIET, frozen_at=NOON - s(10))) == left_s


def outlooks() -> st.SearchStrategy[Outlook]:
    usual = st.fixed_dictionaries({state: st.timedeltas(s(0.001), s(900)) for state in AT_FIRST})
    count = st.integers(0, 10_000)
    stays = st.builds(Stay, state=st.sampled_from(ABOARD), since=st.datetimes(timezones=st.just(UTC)))
    return st.builds(
        Outlook, usual=usual, queued=count, drafts_at_once=st.integers(1, 50), waiting=count,
        party=st.integers(1, 200), in_flight=st.none() | stays,
        berth_at=st.none() | st.datetimes(timezones=st.just(UTC)), is_stacking=st.booleans(),
        frozen_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )  # fmt: skip


@given(outlooks(), st.sampled_from(MOVING), st.timedeltas(s(-60), s(90_000)))
def test_whoever_moves_has_an_end_ahead(outlook, state, waited):
    eta = predict(Stay(state=state, since=NOON - waited), outlook, NOON)
    assert eta is not None
    assert eta > NOON


@given(outlooks(), st.sampled_from(MOVING), st.timedeltas(s(0), s(900)), st.timedeltas(s(0), s(900)))
def test_with_an_empty_road_time_alone_brings_no_end_nearer(outlook, state, waited, more):
    empty = replace(outlook, queued=0, waiting=0, in_flight=None, berth_at=None)
    stay = Stay(state=state, since=NOON - waited)
    first, later = predict(stay, empty, NOON), predict(stay, empty, NOON + more)
    assert first is not None
    assert later is not None
    assert first <= later


@given(outlooks())
def test_each_step_taken_brings_the_end_nearer(outlook):
    empty = replace(outlook, queued=0, waiting=0, in_flight=None, berth_at=None, frozen_at=None)
    ends = [eta_s(state, empty) for state in MOVING[:-1]]
    assert ends == sorted(ends, reverse=True)
