from __future__ import annotations

from datetime import timedelta

import pytest

from tasks_app.pipeline.turns import is_turn, patience


@pytest.mark.parametrize(
    ("free", "ahead", "verdict"), [(0, 0, False), (1, 0, True), (1, 1, False), (2, 1, True), (2, 5, False)]
)
def test_those_who_waited_longer_go_first(free, ahead, verdict):
    assert is_turn(free=free, ahead=ahead) is verdict


@pytest.mark.parametrize(
    ("ahead", "spread", "seconds"), [(0, 0.5, 2), (10, 0.5, 4), (0, 0, 1.5), (0, 1, 2.5), (10_000, 0.5, 60)]
)
def test_whoever_stands_behind_asks_more_rarely(ahead, spread, seconds):
    assert patience(ahead=ahead, slots=10, spread=spread) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("slots", "seconds"), [(0, 8), (1, 8), (2, 5), (3, 4)])
def test_with_fewer_slots_the_queue_is_slower(slots, seconds):
    assert patience(ahead=3, slots=slots, spread=0.5) == timedelta(seconds=seconds)
