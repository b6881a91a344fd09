import pytest

from metrics_app.models import HealthReading, SLORecord
from metrics_app.selectors.readings import readings
from metrics_app.services.slo_records import record_objectives
from metrics_app.slo.windows import Window
from tests.integration.metrics.rows import NOON, pull, seconds, settled_task

pytestmark = pytest.mark.django_db
DAY = 24 * 3600


def record(name, **filters):
    found = SLORecord.objects.get(objective=name, **filters)
    return (found.value, found.sample_count, found.is_met, found.budget_left)


def values(*, at=NOON):
    record_objectives(at)
    return {r.objective: r.value for r in SLORecord.objects.filter(starts_at__lte=at, ends_at__gt=at)}


def test_every_objective_is_measured_over_its_own_period():
    record_objectives(NOON)
    present = SLORecord.objects.filter(starts_at__lte=NOON, ends_at__gt=NOON)
    assert {(r.objective, r.period) for r in present} == {
        ("tte_p95", "daily"),
        ("tte_p99", "daily"),
        ("success_rate", "daily"),
        ("ci_pass_rate", "weekly"),
        ("auto_merge_rate", "daily"),
        ("worker_availability", "monthly"),
    }


def test_tasks_are_measured_with_their_budget():
    for tte_s in (10, 20, 61, 50):
        settled_task(tte_s=tte_s)
    record_objectives(NOON)
    assert record("tte_p95", starts_at__date=NOON) == (61_000, 4, False, -4.0)
    assert record("success_rate", starts_at__date=NOON) == (100, 4, True, 1.0)


def test_ci_and_merging_are_measured_on_pull_requests():
    pull("a", times=["green_at", "merged_at"])
    pull("b", times=["green_at", "abandoned_at"], code="merge_refused")
    pull("c", times=["green_at", "abandoned_at"], code="conflict")
    pull("d", times=["abandoned_at"], code="ci_failed")
    found = values()
    assert (found["ci_pass_rate"], found["auto_merge_rate"]) == (75.0, 50.0)


@pytest.mark.parametrize("code", ["conflict", "base_moved", "base_given_up", "empty", "cancelled"])
def test_what_goes_once_more_says_nothing_about_merging(code):
    pull("a", times=["green_at", "merged_at"])
    pull("b", times=["green_at", "abandoned_at"], code=code)
    assert values()["auto_merge_rate"] == 100.0


def test_availability_is_the_share_of_readings_with_a_worker_alive():
    for is_ok in (True, True, True, False):
        HealthReading.objects.create(name="workers", is_ok=is_ok, elapsed_ms=1, at=NOON)
    assert values()["worker_availability"] == 75.0


def test_readings_are_counted_in_one_statement(django_assert_num_queries):
    HealthReading.objects.create(name="workers", is_ok=False, elapsed_ms=1, at=NOON)
    with django_assert_num_queries(1):
        assert readings("workers", Window(starts_at=NOON, ends_at=NOON + seconds(1))) == (0, 1)


def test_nothing_measured_makes_no_claim():
    record_objectives(NOON)
    assert record("success_rate", starts_at__date=NOON) == (None, 0, None, None)


def test_writing_again_changes_the_row_and_adds_none():
    record_objectives(NOON)
    before = SLORecord.objects.count()
    settled_task(tte_s=10)
    record_objectives(NOON + seconds(60))
    assert SLORecord.objects.count() == before
    assert record("success_rate", starts_at__date=NOON) == (100, 1, True, 1.0)


def test_a_day_that_ended_is_written_once_more_with_its_last_minute():
    record_objectives(NOON)
    settled_task(at=NOON + seconds(DAY / 2 - 1), tte_s=10)
    record_objectives(NOON + seconds(DAY / 2 + 30))
    assert record("success_rate", starts_at__date=NOON) == (100, 1, True, 1.0)
