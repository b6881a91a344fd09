"""Writes signs of life down: a row for judging, a hash in Redis for other readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics_app.models import WorkerHeartbeat

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: Seconds until the copy in Redis fades.
FADES_S = 300
_KEY = "worker_id"
_COLUMNS = [field.name for field in WorkerHeartbeat._meta.concrete_fields if field.name != _KEY]  # noqa: SLF001 - a documented API


def record_heartbeat(sign: WorkerHeartbeat, ports: Ports) -> None:
    """One statement for the row and one round trip for the copy; raises `django.db.Error`.

    The copy goes first: it does not raise, and stands when the database is away.
    """
    ports.board.pin(f"worker:heartbeat:{sign.worker_id}", _hash(sign), ttl_s=FADES_S)
    WorkerHeartbeat.objects.bulk_create(
        [sign], update_conflicts=True, unique_fields=[_KEY], update_fields=_COLUMNS
    )


def _hash(sign: WorkerHeartbeat) -> dict[str, str]:
    uptime = sign.last_heartbeat - sign.started_at
    return {
        "last_heartbeat": sign.last_heartbeat.isoformat(),
        "status": sign.status,
        "current_task_id": sign.current_task_id,
        "app_version": sign.app_version,
        "tasks_completed": str(sign.tasks_completed),
        "uptime_seconds": str(int(uptime.total_seconds())),
        "current_job": sign.current_job,
        "running_jobs": str(sign.running_jobs),
        "canary_at": sign.canary_at.isoformat() if sign.canary_at else "",
        "cpu_percent": str(sign.cpu_percent),
        "memory_mb": str(sign.memory_mb),
    }
