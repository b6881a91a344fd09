from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tasks_app.pipeline.lane import Passenger, next_party

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def task_id(number):
    return UUID(int=number)


def waits(number, *, priority="P2", since_s=0.0, is_solo=False):
    since = NOON + timedelta(seconds=since_s)
    return Passenger(task_id=task_id(number), priority=priority, since=since, is_solo=is_solo)


@pytest.mark.parametrize(
    ("waiting", "party"),
    [
        ([], []),
        ([waits(1)], [1]),
        ([waits(2, since_s=1), waits(1)], [1, 2]),
        ([waits(2), waits(1)], [1, 2]),
        ([waits(1), waits(2, priority="P0", since_s=9)], [2, 1]),
        ([waits(1, is_solo=True), waits(2, since_s=1)], [1]),
        ([waits(1), waits(2, since_s=1, is_solo=True), waits(3, since_s=2)], [1, 3]),
        ([waits(2, is_solo=True, since_s=1), waits(1, is_solo=True)], [1]),
        ([waits(1, is_solo=True), waits(2, priority="P1")], [2]),
    ],
)
def test_who_leaves_next_and_in_which_order(waiting, party):
    assert next_party(waiting, size=10) == [task_id(number) for number in party]


def test_a_party_is_never_larger_than_allowed():
    assert next_party([waits(number) for number in range(5)], size=3) == [task_id(n) for n in range(3)]
