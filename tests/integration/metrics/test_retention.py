from datetime import timedelta

import pytest
from django_celery_results.models import TaskResult

from metrics_app.models import Alert, ForgeTraffic, HealthReading, WorkerHeartbeat
from metrics_app.services.retention import forget_old_rows
from tasks_app.models import InboxDelivery
from tests.integration.metrics.rows import NOON

pytestmark = pytest.mark.django_db


def days(number):
    return timedelta(days=number)


def test_readings_go_after_a_week_and_those_that_count_for_a_month_stay():
    for name, age in (("site", 6), ("site", 8), ("workers", 40), ("workers", 64)):
        HealthReading.objects.create(name=name, is_ok=True, elapsed_ms=1, at=NOON - days(age))
    forget_old_rows(NOON)
    kept = HealthReading.objects.order_by("name").values_list("name", "at")
    assert list(kept) == [("site", NOON - days(6)), ("workers", NOON - days(40))]


def test_runs_of_scheduled_jobs_go_after_three_days():
    for name, age in (("new", 2), ("old", 4)):
        run = TaskResult.objects.create(task_id=name)
        TaskResult.objects.filter(pk=run.pk).update(date_created=NOON - days(age))
    forget_old_rows(NOON)
    assert list(TaskResult.objects.values_list("task_id", flat=True)) == ["new"]


def test_a_worker_gone_for_a_day_is_forgotten():
    for name, age in (("new@a", 0.9), ("old@a", 1.1)):
        seen = NOON - days(age)
        WorkerHeartbeat.objects.create(worker_id=name, last_heartbeat=seen, started_at=seen)
    forget_old_rows(NOON)
    assert list(WorkerHeartbeat.objects.values_list("pk", flat=True)) == ["new@a"]


def test_open_alerts_are_never_forgotten():
    for key, resolved_at in (("open", None), ("old", NOON - days(91)), ("new", NOON - days(89))):
        Alert.objects.create(
            key=key, severity="warning", title=key, fired_at=NOON - days(100), last_seen_at=NOON,
            resolved_at=resolved_at,
        )  # fmt: skip
    forget_old_rows(NOON)
    assert set(Alert.objects.values_list("key", flat=True)) == {"open", "new"}


def test_deliveries_of_webhooks_go_after_thirty_days():
    for name, age in (("new", 29), ("old", 31)):
        InboxDelivery.objects.create(delivery_id=name, event="ping", payload={}, received_at=NOON - days(age))
    forget_old_rows(NOON)
    assert list(InboxDelivery.objects.values_list("delivery_id", flat=True)) == ["new"]


def test_traffic_goes_after_thirty_days():
    for kind, age in (("graphql", 29), ("git_push", 31)):
        ForgeTraffic.objects.create(hour=NOON - days(age), kind=kind, requests=1)
    forget_old_rows(NOON)
    assert list(ForgeTraffic.objects.values_list("kind", flat=True)) == ["graphql"]
