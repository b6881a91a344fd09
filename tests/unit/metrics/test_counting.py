import pytest

from metrics_app.slo.counting import COUNTED, FAILURES, NEITHER, SUCCESSES, Settled, rate_percent, summarise
from tasks_app.pipeline.states import SETTLED


def settled(state, tte_ms=None, *, is_degraded=False):
    return Settled(
        state=state, tte_ms=tte_ms, raw_tte_ms=tte_ms, is_degraded=is_degraded, kind="faq",
        worker="io@a", version="1",
    )  # fmt: skip


def test_every_settled_state_is_a_success_a_failure_or_neither():
    assert {state.value for state in SETTLED} == SUCCESSES | FAILURES | NEITHER
    assert not COUNTED & NEITHER


def test_declined_and_cancelled_tasks_count_as_neither():
    found = summarise([settled("done", 10), settled("declined"), settled("cancelled")])
    assert (found.success, found.failure, found.total) == (1, 0, 1)


def test_a_task_taken_back_by_verification_is_a_failure_whose_merge_has_a_time():
    found = summarise([settled("rolled_back", 500)])
    assert (found.failure, found.tte.p95) == (1, 500)


def test_degraded_answers_are_successes_shown_apart():
    found = summarise([settled("done", 10, is_degraded=True), settled("done", 20)])
    assert (found.success, found.degraded) == (2, 1)


def test_nothing_counted_makes_no_claim():
    found = summarise([settled("declined")])
    assert (found.success_rate_percent, found.tte.p95) == (None, None)


@pytest.mark.parametrize(
    ("good", "total", "expected"), [(0, 0, None), (1, 3, 33.33), (99_999, 100_000, 99.99), (5, 5, 100.0)]
)
def test_the_rate_has_two_decimals_and_is_never_rounded_up(good, total, expected):
    assert rate_percent(good, total) == expected
