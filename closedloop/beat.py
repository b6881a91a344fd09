"""What beat sends, and when, as one table; `closedloop.celery` hands it to Celery.

Every entry expires before its next run, so that a worker coming back finds one message and not a pile.
"""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

_MAIN, _IO = "main", "orchestrator"


def _every(seconds: float, job: str, queue: str = _MAIN) -> dict[str, Any]:
    options = {"queue": queue, "expires": seconds, "periodic_task_name": job}
    return {"task": job, "schedule": seconds, "options": options}


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # The net under every lost message, on the queues of different workers: either may die.
    "sweep tasks": _every(1.0, "tasks.sweep"),
    "sweep tasks from orchestrator": _every(1.0, "tasks.sweep", _IO),
    "sweep releases": _every(1.0, "rollback.sweep"),
    "sweep releases from orchestrator": _every(1.0, "rollback.sweep", _IO),
    "copy figures to Redis": _every(10.0, "metrics.project"),
    "probe health": _every(30.0, "metrics.probe_health"),
    "record objectives": _every(60.0, "metrics.record_slo"),
    # Twice, on the queues of different workers: either worker tells people that the other is dead.
    "watch from main": _every(30.0, "metrics.watch"),
    "watch from orchestrator": _every(30.0, "metrics.watch", _IO),
    "clean up": {
        "task": "metrics.clean_up",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"queue": _MAIN, "expires": 3600, "periodic_task_name": "metrics.clean_up"},
    },
}

#: Celery settings that go with the table: rows of scheduled runs carry the job's name and worker.
BEAT_SETTINGS: dict[str, Any] = {"beat_schedule": BEAT_SCHEDULE, "result_extended": True}
