"""What is worth telling people about; judged from values alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from closedloop.ports.notifier import Severity
from metrics_app.slo.figures import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metrics_app.slo.budget import Measurement
    from metrics_app.slo.objectives import Objective

#: A worker that said nothing for longer is taken for dead.
STALE_AFTER = timedelta(minutes=2)
#: A single job that runs longer is taken for stuck.
STUCK_AFTER = timedelta(minutes=10)
#: Bad readings in a row before people are told: one may be a deploy in passing.
BAD_READINGS = 2
#: Waiting jobs beyond which people are told.
QUEUE_LIMIT = 100


class Pulse(StrEnum):
    """What a heartbeat says of its worker."""

    FRESH = "fresh"
    STALE = "stale"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """The last sign of life of one worker."""

    worker_id: str
    #: running | idle | stopped
    status: str
    last_heartbeat: datetime
    app_version: str
    #: The task its longest-running job works on; empty when idle.
    task_id: str
    job: str
    job_started_at: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Time since the last sign; never negative."""
        return max(now - self.last_heartbeat, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something people have to know while it lasts."""

    #: What it is about: the same key is the same alert.
    key: str
    severity: Severity
    title: str
    detail: str


def judge_pulse(sign: Sign, now: datetime) -> Pulse:
    """A worker that said goodbye is stopped; one silent for over two minutes is stale."""
    if sign.status == "stopped":
        return Pulse.STOPPED
    return Pulse.STALE if sign.age(now) > STALE_AFTER else Pulse.FRESH


def stale_key(sign: Sign) -> str:
    """Key of the alert that a worker is silent."""
    return f"worker_stale:{sign.worker_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSign:
    """How one queue answers its canaries."""

    queue: str
    #: When the first canary left that has not come back; None when none is missed.
    waiting_since: datetime | None
    #: Sent to running, the last time; None before the first.
    latency_ms: int | None

    def waits_for(self, now: datetime) -> timedelta:
        """How long a canary has been missed; zero when none is."""
        return max(now - self.waiting_since, timedelta()) if self.waiting_since else timedelta()


def is_stalled(sign: QueueSign, now: datetime, grace: timedelta) -> bool:
    """Whether jobs of this queue are taken by nobody, or far too late."""
    return sign.waits_for(now) > grace


def stall_conditions(signs: Sequence[QueueSign], now: datetime, grace: timedelta) -> list[Condition]:
    """Queues through which no canary comes."""
    return [
        Condition(
            key=f"queue_stalled:{sign.queue}",
            severity=Severity.CRITICAL,
            title=f"Queue {sign.queue} is stalled",
            detail=f"No canary has come back for {int(sign.waits_for(now).total_seconds())} s:"
            " no worker takes its jobs, or all are far behind.",
        )
        for sign in signs
        if is_stalled(sign, now, grace)
    ]


def worker_conditions(sign: Sign, now: datetime) -> list[Condition]:
    """A stale worker, and a job that runs for too long on any worker that has not said goodbye."""
    pulse = judge_pulse(sign, now)
    found = []
    if pulse is Pulse.STALE:
        found.append(_stale(sign, now))
    if pulse is not Pulse.STOPPED and sign.job_started_at and now - sign.job_started_at > STUCK_AFTER:
        found.append(_stuck(sign, now - sign.job_started_at))
    return found


def objective_conditions(objective: Objective, measured: Measurement) -> list[Condition]:
    """An objective beyond its alert threshold."""
    if measured.value is None or not objective.is_alarming(measured.value):
        return []
    value, target = figure(objective.unit, measured.value), figure(objective.unit, objective.target)
    return [
        Condition(
            key=f"objective:{objective.name}",
            severity=Severity.WARNING,
            title=f"{objective.title} is {value}, the objective is {target}",
            detail=f"{measured.bad} of {measured.samples} samples are bad in this {objective.period} window.",
        )
    ]


def health_conditions(name: str, complaints: Sequence[str | None]) -> list[Condition]:
    """A probe that failed in its last readings (`complaints` newest first, None means healthy)."""
    latest = complaints[:BAD_READINGS]
    if len(latest) < BAD_READINGS or not all(complaint is not None for complaint in latest):
        return []
    return [
        Condition(
            key=f"health:{name}",
            severity=Severity.CRITICAL,
            title=f"{name} is not healthy",
            detail=latest[0] or "",
        )
    ]


def queue_conditions(depths: dict[str, int]) -> list[Condition]:
    """Queues with more jobs waiting than they should."""
    return [
        Condition(
            key=f"queue:{name}",
            severity=Severity.WARNING,
            title=f"{depth} jobs wait in queue {name}",
            detail=f"More than {QUEUE_LIMIT}: add workers, or see what slows them.",
        )
        for name, depth in depths.items()
        if depth > QUEUE_LIMIT
    ]


def _stale(sign: Sign, now: datetime) -> Condition:
    on_hand = f" It had task {sign.task_id} in hand ({sign.job})." if sign.task_id else ""
    return Condition(
        key=stale_key(sign),
        severity=Severity.CRITICAL,
        title=f"Worker {sign.worker_id} is silent",
        detail=f"No heartbeat for {int(sign.age(now).total_seconds())} s.{on_hand}",
    )


def _stuck(sign: Sign, ran: timedelta) -> Condition:
    return Condition(
        key=f"job_stuck:{sign.worker_id}",
        severity=Severity.CRITICAL,
        title=f"A job runs for over {int(STUCK_AFTER.total_seconds()) // 60} minutes on {sign.worker_id}",
        detail=f"{sign.job} on {sign.task_id or 'no task'} runs for {int(ran.total_seconds())} s.",
    )
