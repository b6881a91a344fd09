"""Scheduled jobs of this context; `closedloop.beat` says when. Their runs are kept, see `RecordedJob`."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from celery import Task, shared_task
from django_celery_results.backends import DatabaseBackend

from closedloop.celery import QUEUE_CANARY, WORKER_CANARY
from closedloop.wiring import ports
from metrics_app.services.probing import probe_health
from metrics_app.services.projections import project_days
from metrics_app.services.queue_canaries import note_return
from metrics_app.services.retention import forget_old_rows
from metrics_app.services.slo_records import record_objectives
from metrics_app.services.watching import watch


class RecordedJob(Task[Any, Any]):
    """A scheduled job whose runs are rows of django-celery-results, for the admin.

    The pipeline's jobs do not use it: their history is TaskEvent, and a result row per job would cost
    more than the job.
    """

    abstract = True
    ignore_result = False

    @cached_property
    def backend(self) -> DatabaseBackend:
        """Its own result backend, beside the one of the app."""
        return DatabaseBackend(app=self.app)


@shared_task(base=RecordedJob, name="metrics.record_slo", soft_time_limit=25, time_limit=30)
def record_slo() -> None:
    """Write down how the objectives stand."""
    record_objectives(ports().clock())


@shared_task(base=RecordedJob, name="metrics.probe_health", soft_time_limit=25, time_limit=30)
def probe() -> None:
    """Look at everything the loop depends on."""
    probe_health(ports())


@shared_task(base=RecordedJob, name="metrics.watch", soft_time_limit=25, time_limit=30)
def watch_all() -> None:
    """Open, tell and resolve alerts."""
    watch(ports())


@shared_task(name=QUEUE_CANARY, soft_time_limit=8, time_limit=10)
def queue_canary(queue: str, sent_at: str) -> None:
    """Note how long the way through the queue took."""
    note_return(queue, datetime.fromisoformat(sent_at), ports())


@shared_task(name=WORKER_CANARY, soft_time_limit=8, time_limit=10)
def worker_canary() -> None:
    """Only begin: every beginning is noted on the activity board, and that is what this is for."""


@shared_task(name="metrics.project", soft_time_limit=8, time_limit=10)
def project() -> None:
    """Renew the copies of the day's figures in Redis; no history, it runs too often to be read."""
    project_days(ports().clock())


@shared_task(base=RecordedJob, name="metrics.clean_up", soft_time_limit=250, time_limit=300)
def clean_up() -> None:
    """Forget old rows."""
    forget_old_rows(ports().clock())
