from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.pressure import Pressure, retry_after_s

counts = st.integers(0, 100_000)


def pressure(waiting, limit, in_minute, in_five) -> Pressure:
    return Pressure(waiting=waiting, limit=limit, left_in_minute=in_minute, left_in_five=in_five)


@pytest.mark.parametrize(
    ("waiting", "limit", "in_minute", "in_five", "seconds"),
    [
        (10_000, 10_000, 0, 0, 60),  # nothing moves: nobody knows
        (10_000, 10_000, 60, 60, 101),  # one has to leave, and a hundred more
        (10_500, 10_000, 60, 60, 600),  # ten minutes at most
        (10_000, 10_000, 0, 300, 101),  # it moves in fits
        (10_000, 10_000, 120, 120, 51),  # it has just begun to move
        (12, 10, 6, 6, 30),
        (10, 10, 600, 600, 1),
    ],
)
def test_who_is_refused_comes_back_when_there_is_room(waiting, limit, in_minute, in_five, seconds):
    assert retry_after_s(pressure(waiting, limit, in_minute, in_five)) == seconds


@given(counts, counts, counts, counts)
def test_nobody_is_sent_away_for_longer_than_ten_minutes(waiting, limit, in_minute, more):
    full = pressure(limit + waiting, limit, in_minute, in_minute + more)
    assert 1 <= retry_after_s(full) <= 600


@given(counts, st.integers(1, 1000), st.integers(1, 1000))
def test_a_faster_queue_never_makes_anybody_wait_longer(waiting, pace, faster):
    slow, fast = (pressure(10_000 + waiting, 10_000, n, n) for n in (pace, pace + faster))
    assert retry_after_s(fast) <= retry_after_s(slow)
