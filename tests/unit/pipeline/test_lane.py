from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tasks_app.pipeline.lane import Party, Passenger, next_party

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ONE, OTHER = UUID(int=1001), UUID(int=1002)


def task_id(number):
    return UUID(int=number)


def waits(number, *, since_s=0.0, asked_s=-10.0, **others):
    since, asked_at = NOON + timedelta(seconds=since_s), NOON + timedelta(seconds=asked_s)
    known = {"priority": "P2", **others}
    return Passenger(task_id=task_id(number), since=since, asked_at=asked_at, **known)


def leaves(waiting, *, at_s=10.0, size=10, last_was_part=False, is_doubtful=False):
    now = NOON + timedelta(seconds=at_s)
    turn = {"last_was_part": last_was_part, "is_doubtful": is_doubtful}
    return next_party(waiting, now=now, size=size, **turn)


def party(*numbers, part=None):
    return Party(task_ids=tuple(map(task_id, numbers)), part=part)


def test_nobody_leaves_when_nobody_waits():
    assert leaves([]) is None


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ([waits(1)], party(1)),
        ([waits(2, since_s=1), waits(1)], party(1, 2)),
        ([waits(2), waits(1)], party(1, 2)),
        ([waits(2, asked_s=-20), waits(1)], party(2, 1)),
        ([waits(1), waits(2, priority="P0", since_s=9)], party(2, 1)),
        ([waits(1), waits(3, part=ONE), waits(2, part=ONE)], party(2, 3, part=ONE)),
        ([waits(1, part=OTHER, since_s=1), waits(2, part=ONE)], party(2, part=ONE)),
        ([waits(1, part=OTHER), waits(2, part=ONE)], party(1, part=OTHER)),
        ([waits(1, part=ONE), waits(2, priority="P1")], party(2)),
        ([waits(1), waits(2, priority="P1", part=ONE)], party(2, part=ONE)),
    ],
)
def test_who_leaves_next_and_in_which_order(waiting, expected):
    assert leaves(waiting) == expected


def test_suspects_and_everybody_else_take_turns():
    waiting = [waits(1), waits(2, part=ONE, since_s=1)]
    assert leaves(waiting, last_was_part=False) == party(2, part=ONE)
    assert leaves(waiting, last_was_part=True) == party(1)


def test_those_set_free_of_suspicion_wait_for_the_parts_unless_somebody_else_waits_too():
    waiting = [waits(1, was_red=True), waits(2, part=ONE, was_red=True)]
    assert leaves(waiting, last_was_part=True) == party(2, part=ONE)
    assert leaves([*waiting, waits(3)], last_was_part=True) == party(1, 3)


def test_those_set_free_go_first_where_so_much_was_red_that_ci_is_in_doubt():
    waiting = [waits(1, was_red=True), waits(2, part=ONE, was_red=True)]
    assert leaves(waiting, last_was_part=True, is_doubtful=True) == party(1)
    assert leaves(waiting, last_was_part=False, is_doubtful=True) == party(2, part=ONE)
    assert leaves(waiting[1:], last_was_part=True, is_doubtful=True) == party(2, part=ONE)


def test_suspects_go_on_when_nobody_else_waits():
    assert leaves([waits(2, part=ONE)], last_was_part=True) == party(2, part=ONE)


def test_a_party_is_never_larger_than_allowed():
    assert leaves([waits(number) for number in range(5)], size=3) == party(0, 1, 2)


def test_a_part_goes_whole():
    assert leaves([waits(n, part=ONE) for n in range(5)], size=3) == party(0, 1, 2, 3, 4, part=ONE)


def test_the_patient_are_not_overtaken_for_ever():
    patient, urgent = waits(1, priority="P3"), waits(2, priority="P1", since_s=1200)
    assert leaves([patient, urgent], at_s=1199.9, size=1) == party(2)
    assert leaves([patient, urgent], at_s=1200, size=1) == party(1)


def test_everybody_leaves_within_a_bounded_number_of_departures():
    """One of the least urgent, while the most urgent ones fill each party anew."""
    last, departures = waits(0, priority="P3"), 0
    while True:
        at_s = departures * 60.0
        urgent = [waits(n, priority="P0", since_s=at_s) for n in range(1, 4)]
        departures += 1
        if task_id(0) in leaves([last, *urgent], at_s=at_s, size=3).task_ids:
            break
    assert departures == 31
