import pytest

from tests.integration.metrics.rows import NOON, seconds, settled_task, walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
URL = "/api/metrics/agent"


def test_the_answer_has_the_agreed_shape(client):
    for tte_s in (10, 20, 90):
        settled_task(tte_s=tte_s)
    settled_task("failed")
    assert client.get(URL).json() == {
        "date": "20260301",
        "total_tasks": 4,
        "success_count": 3,
        "failure_count": 1,
        "success_rate_percent": 75.0,
        "tte_ms": {"p50": 20_000, "p95": 90_000, "p99": 90_000},
        "slo_met": {"tte_under_60s": False, "success_rate_above_99": False},
    }


def test_a_day_without_tasks_makes_no_claim(client):
    assert client.get(URL, {"date": "20260101"}).json() == {
        "date": "20260101",
        "total_tasks": 0,
        "success_count": 0,
        "failure_count": 0,
        "success_rate_percent": None,
        "tte_ms": {"p50": None, "p95": None, "p99": None},
        "slo_met": {"tte_under_60s": None, "success_rate_above_99": None},
    }


def test_a_later_rollback_by_an_operator_changes_no_past_day(client):
    settled_task("rolled_back", settled_state="done", tte_s=5)
    assert client.get(URL).json()["success_count"] == 1


def test_tasks_count_on_the_utc_day_they_settle(client):
    settled_task(at=NOON - seconds(12 * 3600 + 1), tte_s=5)
    assert client.get(URL).json()["total_tasks"] == 0
    assert client.get(URL, {"date": "20260228"}).json()["total_tasks"] == 1
    assert client.get(URL, {"window": "24h"}).json()["total_tasks"] == 1


def test_declined_and_cancelled_tasks_count_as_neither(client):
    for state in ("declined", "cancelled"):
        settled_task(state)
    assert client.get(URL).json()["total_tasks"] == 0


def test_the_wait_for_a_person_is_no_time_of_ours(client):
    task = settled_task(tte_s=80)
    walk(task, (10, "judging", "awaiting_approval"), (70, "awaiting_approval", "waiting_for_lane"))
    found = client.get(URL, {"detail": "1"}).json()
    assert (found["tte_ms"]["p95"], found["raw_tte_ms"]["p95"]) == (20_000, 80_000)


def test_the_detail_shows_where_the_time_went(client):
    task = settled_task(tte_s=80, worker_instance="io@a", worker_version="v1", is_degraded=True)
    walk(task, (1, "queued", "generating"), (4, "generating", "generating"), (9, "generating", "judging"))
    found = client.get(URL, {"detail": "true"}).json()
    assert found["stages"] == {
        "queued": {"samples": 1, "p50": 1_000, "p95": 1_000, "p99": 1_000},
        "generating": {"samples": 1, "p50": 8_000, "p95": 8_000, "p99": 8_000},
    }
    assert (found["degraded_count"], set(found["by_worker"]), set(found["by_version"])) == (
        1,
        {"io@a"},
        {"v1"},
    )


@pytest.mark.parametrize(
    "query",
    [{"date": "2026-03-01"}, {"date": "99991231"}, {"date": "\x00"}, {"window": "1y"}, {"detail": "perhaps"}],
)
def test_a_question_that_makes_no_sense_is_refused(client, query):
    assert client.get(URL, query).status_code == 400
