from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.errors import Forbidden, RateLimited, Unavailable, Unknown
from closedloop.retry import GiveUp, RetryPolicy, TryAgain, decide_retry

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
POLICY = RetryPolicy(attempts=4, first_wait=timedelta(seconds=1), longest_wait=timedelta(seconds=3))


def decide(error, attempt, policy=POLICY):
    return decide_retry(error, attempt=attempt, policy=policy, now=NOON)


def again(seconds):
    return TryAgain(at=NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("error", "attempt", "decision"),
    [
        (Unavailable("502"), 1, again(1)),
        (Unavailable("502"), 2, again(2)),
        (Unavailable("502"), 3, again(3)),
        (Unavailable("502"), 4, GiveUp(code="unavailable")),
        (Unknown("reset"), 1, again(1)),
        (Unknown("reset"), 9, GiveUp(code="unknown_outcome")),
        (Forbidden("no"), 1, GiveUp(code="forbidden")),
        (RateLimited("slow", retry_at=NOON + timedelta(hours=1)), 1, again(3600)),
        (RateLimited("slow", retry_at=NOON), 2, again(2)),
        (RateLimited("slow"), 1, again(1)),
        (RateLimited("slow", retry_at=NOON + timedelta(seconds=7199)), 1, again(7199)),
        (RateLimited("slow", retry_at=NOON + timedelta(seconds=7200)), 1, again(7200)),
        (RateLimited("slow", retry_at=NOON + timedelta(seconds=7201)), 1, again(7200)),
        (Unavailable("503", retry_at=datetime.max.replace(tzinfo=UTC)), 1, again(7200)),
    ],
)
def test_what_is_tried_again_and_when(error, attempt, decision):
    assert decide(error, attempt) == decision


@pytest.mark.parametrize("attempt", [1, 40, 400, 40_000])
def test_however_many_attempts_no_wait_is_longer_than_the_longest(attempt):
    patient = RetryPolicy(attempts=10**6)
    decision = decide(Unavailable("502"), attempt, patient)
    assert isinstance(decision, TryAgain)
    assert decision.at <= NOON + patient.longest_wait
