from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.notifier import Severity
from metrics_app.slo.budget import Measurement
from metrics_app.slo.conditions import (
    Condition,
    Pulse,
    Sign,
    health_conditions,
    judge_pulse,
    objective_conditions,
    queue_conditions,
    worker_conditions,
)
from metrics_app.slo.objectives import SUCCESS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sign(age_s=0, *, status="running", job_age_s=None):
    return Sign(
        worker_id="io@a",
        status=status,
        last_heartbeat=NOW - timedelta(seconds=age_s),
        app_version="abc",
        task_id="" if job_age_s is None else "t-1",
        job="" if job_age_s is None else "tasks.merge",
        job_started_at=None if job_age_s is None else NOW - timedelta(seconds=job_age_s),
    )


@pytest.mark.parametrize(
    ("age_s", "status", "pulse"),
    [
        (120, "idle", Pulse.FRESH),
        (121, "idle", Pulse.STALE),
        (121, "stopped", Pulse.STOPPED),
        (-5, "running", Pulse.FRESH),
    ],
)
def test_a_pulse_is_fresh_for_two_minutes(age_s, status, pulse):
    assert judge_pulse(sign(age_s, status=status), NOW) is pulse


def test_a_silent_worker_is_critical_and_names_the_task_it_had_in_hand():
    assert worker_conditions(sign(130, job_age_s=140), NOW) == [
        Condition(
            key="worker_stale:io@a",
            severity=Severity.CRITICAL,
            title="Worker io@a is silent",
            detail="No heartbeat for 130 s. It had task t-1 in hand (tasks.merge).",
        )
    ]


@pytest.mark.parametrize(("job_age_s", "keys"), [(600, []), (601, ["job_stuck:io@a"])])
def test_a_job_may_run_for_ten_minutes(job_age_s, keys):
    assert [condition.key for condition in worker_conditions(sign(job_age_s=job_age_s), NOW)] == keys


def test_a_worker_that_said_goodbye_is_no_trouble():
    assert worker_conditions(sign(9999, status="stopped", job_age_s=9999), NOW) == []


@pytest.mark.parametrize(
    ("complaints", "is_told"),
    [([], False), (["down"], False), (["down", None], False), ([None, "a", "b"], False), (["b", "a"], True)],
)
def test_one_bad_reading_is_not_yet_an_alert(complaints, is_told):
    assert bool(health_conditions("site", complaints)) is is_told


@pytest.mark.parametrize(("value", "is_told"), [(None, False), (98.0, False), (97.0, True)])
def test_an_objective_tells_people_beyond_its_threshold(value, is_told):
    assert bool(objective_conditions(SUCCESS, Measurement(value=value, samples=9, bad=1))) is is_told


def test_only_queues_over_the_limit_are_named():
    found = queue_conditions({"main": 100, "orchestrator": 101})
    assert [condition.key for condition in found] == ["queue:orchestrator"]
