import pytest

from metrics_app.slo.budget import Measurement, budget_left, burn_rate
from metrics_app.slo.objectives import BY_NAME, OBJECTIVES, SUCCESS, TTE_P95


def test_the_table_says_what_was_agreed():
    table = {o.name: (o.target, o.alert, o.period.value, o.unit.value, o.direction.value) for o in OBJECTIVES}
    assert table == {
        "tte_p95": (60_000, 90_000, "daily", "ms", "at_most"),
        "tte_p99": (120_000, 180_000, "daily", "ms", "at_most"),
        "success_rate": (99, 98, "daily", "percent", "at_least"),
        "ci_pass_rate": (95, 90, "weekly", "percent", "at_least"),
        "auto_merge_rate": (99, 95, "daily", "percent", "at_least"),
        "worker_availability": (99.5, 99, "monthly", "percent", "at_least"),
    }


@pytest.mark.parametrize(
    ("name", "value", "is_met", "is_alarming"),
    [
        ("tte_p95", 60_000, True, False),
        ("tte_p95", 60_001, False, False),
        ("tte_p95", 90_000, False, False),
        ("tte_p95", 90_001, False, True),
        ("success_rate", 99.0, True, False),
        ("success_rate", 98.0, False, False),
        ("success_rate", 97.99, False, True),
    ],
)
def test_a_target_is_kept_on_its_edge_and_people_are_told_beyond_the_threshold(
    name, value, is_met, is_alarming
):
    objective = BY_NAME[name]
    assert (objective.is_met(value), objective.is_alarming(value)) == (is_met, is_alarming)


@pytest.mark.parametrize(("bad", "left"), [(0, 1.0), (1, 0.5), (2, 0.0), (4, -1.0)])
def test_the_budget_is_used_up_when_the_tolerated_share_has_failed(bad, left):
    measured = Measurement(value=None, samples=200, bad=bad)
    assert budget_left(SUCCESS, measured) == left


def test_burning_at_the_tolerated_share_is_rate_one():
    assert burn_rate(TTE_P95, Measurement(value=1.0, samples=100, bad=5)) == 1.0


def test_nothing_measured_burns_nothing_and_claims_nothing():
    measured = Measurement(value=None, samples=0, bad=0)
    assert (burn_rate(SUCCESS, measured), budget_left(SUCCESS, measured)) == (None, None)
