"""Workers by their last sign of life, queues by their canaries."""

from __future__ import annotations

from metrics_app.models import QueueCanary, WorkerHeartbeat
from metrics_app.slo.conditions import QueueSign, Sign


def signs(*kinds: WorkerHeartbeat.Kind) -> list[Sign]:
    """The last sign of every worker known, by name; all kinds when none is named."""
    rows = WorkerHeartbeat.objects.order_by("worker_id")
    return [sign_of(row) for row in (rows.filter(kind__in=kinds) if kinds else rows)]


def sign_of(row: WorkerHeartbeat) -> Sign:
    """A row as judging sees it."""
    return Sign(
        worker_id=row.worker_id,
        status=row.status,
        last_heartbeat=row.last_heartbeat,
        app_version=row.app_version,
        task_id=row.current_task_id,
        job=row.current_job,
        job_started_at=row.job_started_at,
    )


def queue_signs() -> list[QueueSign]:
    """How every queue answers that a canary was ever sent to, by name."""
    return [
        QueueSign(queue=row.queue, waiting_since=row.waiting_since, latency_ms=row.latency_ms)
        for row in QueueCanary.objects.order_by("queue")
    ]
