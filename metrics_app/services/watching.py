"""The watch: gathers what people have to know and hands it to the alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from redis.exceptions import RedisError

from closedloop.sentry import report_stale_worker
from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors.readings import latest_complaints, probe_names
from metrics_app.selectors.workers import queue_signs, signs
from metrics_app.services.alerts import follow_conditions
from metrics_app.services.health import QUEUES
from metrics_app.services.measuring import standings
from metrics_app.services.redis_metrics import queue_depths
from metrics_app.slo.conditions import (
    BAD_READINGS,
    Condition,
    Sign,
    health_conditions,
    objective_conditions,
    queue_conditions,
    stale_key,
    stall_conditions,
    worker_conditions,
)

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.wiring import Ports


def watch(ports: Ports) -> None:
    """Judge everything once; each worker that newly fell silent is an error event as well."""
    now = ports.clock()
    known = signs(*WorkerHeartbeat.Kind)
    opened = {alert.key for alert in follow_conditions(conditions(known, now), ports)}
    for sign in known:
        if stale_key(sign) in opened:
            report_stale_worker(
                worker_id=sign.worker_id,
                app_version=sign.app_version,
                age=sign.age(now),
                stuck_task_id=sign.task_id,
            )


def conditions(known: list[Sign], now: datetime) -> list[Condition]:
    """All that is worth telling people at this moment."""
    found = [condition for sign in known for condition in worker_conditions(sign, now)]
    for standing in standings(now):
        found += objective_conditions(standing.objective, standing.measured)
    for name in probe_names():
        found += health_conditions(name, latest_complaints(name, BAD_READINGS))
    found += stall_conditions(queue_signs(), now, settings.CANARY_GRACE)
    return found + queue_conditions(_depths())


def _depths() -> dict[str, int]:
    try:
        return queue_depths(QUEUES)
    except RedisError:
        return {}  # the probe of Redis speaks for this
