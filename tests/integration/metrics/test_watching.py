from dataclasses import replace

import pytest
import sentry_sdk

from closedloop import sentry
from metrics_app.models import Alert, HealthReading, WorkerHeartbeat
from metrics_app.services.watching import watch
from tests.integration.metrics.rows import NOON, seconds, settled_task

pytestmark = pytest.mark.django_db


def worker(worker_id="io@a", *, age_s=0, **columns):
    seen = NOON - seconds(age_s)
    return WorkerHeartbeat.objects.create(
        worker_id=worker_id, last_heartbeat=seen, started_at=seen, app_version="abc", **columns
    )


def reading(name, *, is_ok, age_s, detail=""):
    HealthReading.objects.create(
        name=name, is_ok=is_ok, detail=detail, elapsed_ms=1, at=NOON - seconds(age_s)
    )


def open_keys():
    return list(Alert.objects.filter(resolved_at=None).order_by("key").values_list("key", flat=True))


@pytest.fixture
def events():
    """What would have gone to Sentry."""
    sent = []

    def keep(event, hint):
        sent.append(sentry.scrub_event(event, hint))

    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", before_send=keep, auto_enabling_integrations=False)
    yield sent
    sentry_sdk.init()


def test_all_well_tells_nobody(world, notifier):
    worker()
    settled_task(tte_s=5)
    reading("site", is_ok=True, age_s=10)
    watch(world)
    assert (open_keys(), notifier.messages) == ([], [])


def test_everything_that_is_wrong_has_its_own_alert(world):
    worker("dead@a", age_s=121)
    worker("stuck@a", current_job="tasks.merge", job_started_at=NOON - seconds(601))
    settled_task("failed")
    reading("site", is_ok=False, age_s=40, detail="answered 500")
    reading("site", is_ok=False, age_s=10, detail="answered 500")
    watch(world)
    assert open_keys() == [
        "health:site",
        "job_stuck:stuck@a",
        "objective:success_rate",
        "worker_stale:dead@a",
    ]


def test_a_silent_worker_is_one_error_event_with_what_is_needed_to_find_it(world, events):
    worker(age_s=300, status="running", current_task_id="t-1", current_job="tasks.merge")
    watch(world)
    watch(replace(world, clock=lambda: NOON + seconds(30)))
    tags = [{k: event["tags"][k] for k in ("worker_id", "app_version", "stuck_task_id")} for event in events]
    assert tags == [{"worker_id": "io@a", "app_version": "abc", "stuck_task_id": "t-1"}]
    assert [event["tags"]["heartbeat_age_seconds"] for event in events] == ["300"]


def test_a_worker_that_comes_back_resolves_its_alert(world, notifier):
    row = worker(age_s=300)
    watch(world)
    row.last_heartbeat = NOON + seconds(20)
    row.save()
    watch(replace(world, clock=lambda: NOON + seconds(30)))
    assert open_keys() == []
    assert [message.title for message in notifier.messages] == [
        "Worker io@a is silent",
        "Resolved: Worker io@a is silent",
    ]
