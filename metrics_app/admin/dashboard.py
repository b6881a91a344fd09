"""The admin's first page: whether all is well, and what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closedloop.admin.html import badge, laid_out
from closedloop.chapters import Badge, Chapter, Code, Ref, Table, Tone, coarse, spell
from closedloop.wiring import ports
from metrics_app.admin.records import severity_tone
from metrics_app.admin.workers import pulse_badge
from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors import recent
from metrics_app.services.agent_metrics import Query, agent_metrics
from metrics_app.slo.conditions import Pulse
from metrics_app.slo.figures import duration
from tasks_app.story.tones import state_badge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest

#: Tasks that the page names.
_TASKS = 8


def add_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what this person may see; unfold calls it for the index."""
    now = ports().clock()
    may_see = {
        name: request.user.has_perm(f"{app}.view_{name}")
        for app, name in (("tasks_app", "task"), ("metrics_app", "workerheartbeat"), ("metrics_app", "alert"))
    }
    cards = []
    if may_see["task"]:
        cards += [*_today_cards(now), _open_card()]
        context["states"] = [_state(name, count) for name, count in recent.open_states().items()]
        context["recent"] = laid_out([_recent_chapter(now)])
    if may_see["workerheartbeat"]:
        cards.append(_worker_card(list(recent.workers()), now))
    if may_see["alert"]:
        alerts = list(recent.open_alerts())
        cards.append(_alert_card(len(alerts)))
        context["alerts"] = [_alert(alert, now) for alert in alerts]
    return {**context, "cards": cards, "title": "Overview", "may_see": may_see}


def _card(label: str, value: str, note: str, tone: Tone) -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "tone": tone}


def _today_cards(now: datetime) -> list[dict[str, str]]:
    today = agent_metrics(Query(), now)
    met = today["slo_met"]
    rate, p95 = today["success_rate_percent"], today["tte_ms"]["p95"]
    total = today["total_tasks"]
    counted = f"{today['success_count']} of {total} tasks, goal ≥ 99 %" if total else "nothing settled yet"
    return [
        _card(
            "Success today",
            "–" if rate is None else f"{rate:g} %",
            counted,
            _tone(met["success_rate_above_99"]),
        ),
        _card(
            "TTE P95 today",
            "–" if p95 is None else duration(p95),
            "request to merge, goal ≤ 60 s",
            _tone(met["tte_under_60s"]),
        ),
    ]


def _tone(is_met: bool | None) -> Tone:  # noqa: FBT001 - a fact of the answer, not a flag
    if is_met is None:
        return Tone.QUIET
    return Tone.GOOD if is_met else Tone.BAD


def _open_card() -> dict[str, str]:
    states = recent.open_states()
    waiting = sum(states.get(name, 0) for name in ("needs_operator", "awaiting_approval"))
    note = f"{waiting} wait for a person" if waiting else "none waits for a person"
    return _card("Open tasks", str(sum(states.values())), note, Tone.WARN if waiting else Tone.QUIET)


def _worker_card(rows: Sequence[WorkerHeartbeat], now: datetime) -> dict[str, str]:
    pulses = [pulse_badge(row, now).text for row in rows if row.kind == WorkerHeartbeat.Kind.WORKER]
    fresh, stale = pulses.count(Pulse.FRESH), pulses.count(Pulse.STALE)
    tone = Tone.GOOD if fresh and not stale else Tone.BAD
    return _card("Workers", f"{fresh} fresh", f"{stale} stale" if stale else "none is stale", tone)


def _alert_card(count: int) -> dict[str, str]:
    note = "people have been told" if count else "all quiet"
    return _card("Open alerts", str(count), note, Tone.BAD if count else Tone.GOOD)


def _state(name: str, count: int) -> dict[str, Any]:
    return {"badge": badge(state_badge(name)), "count": count, "name": name}


def _alert(alert: Any, now: datetime) -> dict[str, Any]:
    tone = severity_tone(alert.severity)
    return {
        "pk": alert.pk,
        "badge": badge(Badge(text=alert.severity, tone=tone)),
        "title": alert.title,
        "ago": coarse(now - alert.fired_at),
    }


def _recent_chapter(now: datetime) -> Chapter:
    rows = tuple(
        (
            Ref(text=task.question, model="tasks_app.task", pk=str(task.pk)),
            state_badge(task.state),
            Code(text=task.code) if task.code else "",
            f"{coarse(now - task.created_at)} ago",
            spell(task.finished_at - task.created_at) if task.finished_at else None,
        )
        for task in recent.recent_tasks(_TASKS)
    )
    table = Table(name="recent", head=("question", "state", "code", "asked", "took"), rows=rows)
    return Chapter(name="recent", title="Last tasks", tables=(table,))
