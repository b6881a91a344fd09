"""Rows of the page's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors.workers import sign_of
from metrics_app.slo.budget import budget_left
from metrics_app.slo.conditions import Pulse, QueueSign, is_stalled, judge_pulse
from metrics_app.slo.figures import duration, figure
from metrics_app.slo.tte import raw_tte_ms

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from metrics_app.selectors.recent import Change
    from metrics_app.services.measuring import Standing
    from tasks_app.models import Task

_STATE_TONES = {
    "done": "good",
    "failed": "bad",
    "rolled_back": "bad",
    "rolling_back": "warn",
    "needs_operator": "warn",
    "awaiting_approval": "warn",
    "declined": "quiet",
    "cancelled": "quiet",
    "verified": "good",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One task."""

    pk: UUID
    question: str
    state: str
    tone: str
    code: str
    age: str
    created_at: datetime
    #: Request to merge; empty before the merge.
    tte: str
    number: int | None
    pr_url: str
    #: The page readers see it on; empty before it is live.
    page_url: str
    is_degraded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A release or a rollback."""

    kind: str
    state: str
    tone: str
    sha: str
    note: str
    url: str
    number: int | None
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLine:
    """One worker, or the scheduler."""

    name: str
    is_beat: bool
    pulse: Pulse
    tone: str
    seen: str
    #: How long ago a job was last seen to begin in its pool; empty before the first, and for beat.
    canary: str
    job: str
    task_id: str
    running_jobs: int
    completed: int
    uptime: str
    version: str
    cpu_percent: float
    memory_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """A queue of the broker."""

    name: str
    depth: int
    #: How soon its last canary ran, or that none has come back.
    answer: str
    #: bad when nobody takes its jobs
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveLine:
    """One objective in its present window."""

    title: str
    target: str
    value: str
    period: str
    samples: int
    #: good | warn (missed) | bad (people are told) | quiet (nothing measured)
    tone: str
    #: Percent of the error budget left; None when nothing was measured.
    budget_percent: int | None
    #: The same within 0..100, for the bar.
    budget_width: int


def ago(duration_: timedelta) -> str:
    """How long ago, as people say it."""
    seconds = int(max(duration_.total_seconds(), 0))
    for size, letter in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {letter}"
    return f"{seconds} s"


def web_address(url: str) -> str:
    """The address when it is one that a browser may be sent to, else nothing."""
    return url if url.startswith(("https://", "http://")) else ""


def task_line(task: Task, now: datetime, page_url: str) -> TaskLine:
    """A task; its page is named once the change is verified."""
    return TaskLine(
        pk=task.pk,
        question=task.question,
        state=task.state,
        tone=_STATE_TONES.get(task.state, "busy"),
        code=task.code,
        age=ago(now - task.created_at),
        created_at=task.created_at,
        tte=duration(raw_tte_ms(task.created_at, task.merged_at)) if task.merged_at else "",
        number=task.pull.number if task.pull else None,
        pr_url=web_address(task.pr_url),
        page_url=web_address(page_url) if task.state == "done" else "",
        is_degraded=task.is_degraded,
    )


def change_line(change: Change, now: datetime) -> ChangeLine:
    """A release or a rollback."""
    is_good = change.kind == "release" and change.state == "verified"
    tone = "good" if is_good else "bad" if change.state == "failed" else "busy"
    if change.kind == "rollback":
        tone = "good" if change.state == "done" else "warn"
    return ChangeLine(
        kind=change.kind,
        state=change.state,
        tone=tone,
        sha=change.sha[:7],
        note=change.note,
        url=web_address(change.url),
        number=change.number,
        age=ago(now - change.at),
    )


def worker_line(row: WorkerHeartbeat, now: datetime) -> WorkerLine:
    """A worker by its last sign of life."""
    pulse = judge_pulse(sign_of(row), now)
    tones = {Pulse.FRESH: "good", Pulse.STALE: "bad", Pulse.STOPPED: "quiet"}
    return WorkerLine(
        name=row.worker_id,
        is_beat=row.kind == WorkerHeartbeat.Kind.BEAT,
        pulse=pulse,
        tone=tones[pulse],
        seen=ago(now - row.last_heartbeat),
        canary=ago(now - row.canary_at) if row.canary_at else "",
        job=row.current_job,
        task_id=row.current_task_id,
        running_jobs=row.running_jobs,
        completed=row.tasks_completed,
        uptime=ago(row.last_heartbeat - row.started_at),
        version=row.app_version,
        cpu_percent=row.cpu_percent,
        memory_mb=row.memory_mb,
    )


def queue_line(name: str, depth: int, sign: QueueSign | None, now: datetime) -> QueueLine:
    """A queue by its depth and its canary; unknown is said to be unknown."""
    tone = ""
    if sign is None or (sign.latency_ms is None and not sign.waiting_since):
        answer = "no canary yet"
    elif is_stalled(sign, now, settings.CANARY_GRACE):
        answer, tone = f"stalled for {ago(sign.waits_for(now))}", "bad"
    elif sign.latency_ms is None:
        answer = "no canary yet"
    else:
        answer = duration(sign.latency_ms)
    return QueueLine(name=name, depth=depth, answer=answer, tone=tone)


def objective_line(standing: Standing) -> ObjectiveLine:
    """An objective with its budget."""
    objective, measured = standing.objective, standing.measured
    left = budget_left(objective, measured)
    percent = None if left is None else round(left * 100)
    tone = "quiet"
    if measured.value is not None:
        tone = "good" if objective.is_met(measured.value) else "warn"
        tone = "bad" if objective.is_alarming(measured.value) else tone
    sign = "≤" if objective.direction == "at_most" else "≥"
    return ObjectiveLine(
        title=objective.title,
        target=f"{sign} {figure(objective.unit, objective.target)}",
        value="–" if measured.value is None else figure(objective.unit, measured.value),
        period=objective.period.value,
        samples=measured.samples,
        tone=tone,
        budget_percent=percent,
        budget_width=max(0, min(percent or 0, 100)),
    )
