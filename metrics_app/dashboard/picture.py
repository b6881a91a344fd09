"""What the metrics page shows, prepared so that the templates only lay it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from redis.exceptions import RedisError

from metrics_app.dashboard.learnt import learnt
from metrics_app.dashboard.rows import change_line, objective_line, queue_line, task_line, worker_line
from metrics_app.dashboard.traffic import traffic_panel
from metrics_app.dashboard.trends import day_trend, hour_trend
from metrics_app.selectors import recent
from metrics_app.selectors.outcomes import settled_in
from metrics_app.selectors.workers import queue_signs
from metrics_app.services.health import QUEUES
from metrics_app.services.keeping import kept
from metrics_app.services.measuring import Standing, standings
from metrics_app.services.redis_metrics import queue_depths
from metrics_app.slo.conditions import Pulse
from metrics_app.slo.counting import Summary, summarise
from metrics_app.slo.figures import duration
from metrics_app.slo.objectives import SUCCESS, TTE_P95, TTE_P99
from metrics_app.slo.windows import day_window
from rollback_app.services.probing import places
from tasks_app.selectors import target_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from metrics_app.dashboard.rows import QueueLine, WorkerLine

#: Seconds for which every viewer sees the same picture.
_PICTURE_S = 1
#: Seconds for which figures over many tasks are kept: they move slowly and cost a reading of them all.
_FIGURES_S = 5
_LONG_TREND_S = 30


def picture(now: datetime) -> dict[str, Any]:
    """Everything on the page, at most a second old."""
    return kept("picture", lambda: _picture(now), for_s=_PICTURE_S)


def _picture(now: datetime) -> dict[str, Any]:
    today = summarise(settled for _, _, settled in settled_in(day_window(now.date())))
    states = recent.open_states()
    workers = [worker_line(row, now) for row in recent.workers()]
    return {
        "now": now,
        "version": settings.APP_VERSION,
        "environment": settings.ENV,
        "repository": target_repository(),
        "today": today,
        "success": _success_card(today),
        "tte": _tte_card(today),
        "health": _health_card(workers),
        "states": states,
        "open_tasks": sum(states.values()),
        "queues": _queues(now),
        "workers": workers,
        "alerts": list(recent.open_alerts()),
        "objectives": [objective_line(standing) for standing in _standings(now)],
        "tasks": [task_line(task, now, places().faq_page_url) for task in recent.recent_tasks()],
        "learnt": kept("learnt", lambda: learnt(now), for_s=_FIGURES_S),
        "traffic": traffic_panel(now),
        "changes": [change_line(change, now) for change in recent.recent_changes()],
        "trends": [
            kept("hour_trend", lambda: hour_trend(now), for_s=_FIGURES_S),
            kept("long_trend", lambda: day_trend(now), for_s=_LONG_TREND_S),
        ],
    }


def _standings(now: datetime) -> list[Standing]:
    return kept("standings", lambda: standings(now), for_s=_FIGURES_S)


def _success_card(today: Summary) -> dict[str, Any]:
    rate = today.success_rate_percent
    return {"value": None if rate is None else f"{rate:g}", "tone": _tone(rate, SUCCESS.is_met)}


def _tte_card(today: Summary) -> dict[str, Any]:
    values = {"P50": today.tte.p50, "P95": today.tte.p95, "P99": today.tte.p99}
    shown = {name: "–" if value is None else duration(value) for name, value in values.items()}
    tones = {
        "P50": "",
        "P95": _tone(today.tte.p95, TTE_P95.is_met),
        "P99": _tone(today.tte.p99, TTE_P99.is_met),
    }
    return {"p95": shown["P95"], "tone": tones["P95"], "all": [(k, shown[k], tones[k]) for k in values]}


def _health_card(workers: Sequence[WorkerLine]) -> dict[str, Any]:
    present = [worker for worker in workers if not worker.is_beat and worker.pulse is not Pulse.STOPPED]
    fresh = [worker for worker in present if worker.pulse is Pulse.FRESH]
    beats = [worker for worker in workers if worker.is_beat and worker.pulse is Pulse.FRESH]
    is_good = bool(fresh) and len(fresh) == len(present) and bool(beats)
    return {
        "fresh": len(fresh),
        "present": len(present),
        "has_beat": bool(beats),
        "running": sum(worker.running_jobs for worker in fresh),
        "memory": sum(worker.memory_mb for worker in fresh + beats),
        "tone": "good" if is_good else "bad",
    }


def _queues(now: datetime) -> list[QueueLine] | None:
    try:
        depths = queue_depths(QUEUES)
    except RedisError:
        return None
    answers = {sign.queue: sign for sign in queue_signs()}
    return [queue_line(name, depth, answers.get(name), now) for name, depth in depths.items()]


def _tone(value: float | None, is_met: Callable[[float], bool]) -> str:
    if value is None:
        return ""
    return "good" if is_met(value) else "bad"
