"""Forgets what nobody asks for any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django_celery_results.models import TaskResult

from metrics_app.models import Alert, ForgeTraffic, HealthReading, WorkerHeartbeat
from metrics_app.services.measuring import AVAILABILITY_PROBE
from tasks_app.services.answer_cache import forget_old_answers
from tasks_app.services.budget import forget_old_charges
from tasks_app.services.inbox import forget_old_deliveries

if TYPE_CHECKING:
    from datetime import datetime

#: Readings that the availability of a month is counted from.
_COUNTED_READINGS = timedelta(days=63)
_READINGS = timedelta(days=7)
_RUNS = timedelta(days=3)
#: A worker that has been gone for longer is not coming back under this name.
_WORKERS = timedelta(days=1)
_ALERTS = timedelta(days=90)
_TRAFFIC = timedelta(days=30)


def forget_old_rows(now: datetime) -> None:
    """Delete readings, runs of scheduled jobs, lost workers, and the rest that is past its time."""
    readings = HealthReading.objects
    readings.filter(name=AVAILABILITY_PROBE, at__lt=now - _COUNTED_READINGS).delete()
    readings.exclude(name=AVAILABILITY_PROBE).filter(at__lt=now - _READINGS).delete()
    TaskResult.objects.filter(date_created__lt=now - _RUNS).delete()
    WorkerHeartbeat.objects.filter(last_heartbeat__lt=now - _WORKERS).delete()
    Alert.objects.filter(resolved_at__lt=now - _ALERTS).delete()
    ForgeTraffic.objects.filter(hour__lt=now - _TRAFFIC).delete()
    forget_old_deliveries(now)
    forget_old_charges(now)
    forget_old_answers(now)
