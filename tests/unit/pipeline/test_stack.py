from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tasks_app.pipeline.stack import InFlight, stacks_at

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LEAST = timedelta(seconds=30)
FLIGHT = InFlight(published_at=NOON, is_trial=False, keeps_commits=True)


def s(seconds):
    return timedelta(seconds=seconds)


@pytest.mark.parametrize("usual", [30, 45, 600])
def test_others_leave_when_half_of_its_time_is_over(usual):
    assert stacks_at(FLIGHT, s(usual), LEAST) == NOON + s(usual / 2)


@pytest.mark.parametrize(
    ("flight", "usual", "least"),
    [
        (FLIGHT, None, LEAST),
        (FLIGHT, s(29.9), LEAST),
        (FLIGHT, s(600), s(0)),
        (replace(FLIGHT, published_at=None), s(45), LEAST),
        (replace(FLIGHT, is_trial=True), s(45), LEAST),
        (replace(FLIGHT, keeps_commits=False), s(45), LEAST),
    ],
)
def test_others_wait_until_it_is_merged(flight, usual, least):
    assert stacks_at(flight, usual, least) is None
