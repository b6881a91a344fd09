"""Is it well, right now? Each check asks for real and says how long that took."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from redis.exceptions import RedisError

from closedloop.celery import IO_QUEUE, MAIN_QUEUE
from closedloop.chapters import coarse
from closedloop.ports.errors import PortError
from closedloop.ports.probe import ProbeOrder
from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors.workers import queue_signs, signs
from metrics_app.services import redis_metrics
from metrics_app.services.keeping import kept
from metrics_app.slo.conditions import QUEUE_LIMIT, Pulse, QueueSign, is_stalled, judge_pulse
from tasks_app.pipeline.budget import rooms
from tasks_app.services.budget import limits, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from closedloop.wiring import Ports

QUEUES = (IO_QUEUE, MAIN_QUEUE)
#: Seconds the live site's answer may be old: this address is open to everyone, the site is not ours to tire.
_SITE_CACHE_S = 5
_SITE_TIMEOUT_S = 2.0


class Wellness(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check saw, before it is timed."""

    status: Wellness
    #: One line for an operator.
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check, done."""

    name: str
    status: Wellness
    detail: str
    #: Milliseconds it took.
    ms: float


def check_database() -> Check:
    """One statement on the connection that requests use."""

    def ask() -> Finding:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        return Finding(status=Wellness.OK, detail=connection.vendor)

    return timed("database", ask)


def check_redis() -> Check:
    """One PING."""

    def ask() -> Finding:
        redis_metrics.client().ping()
        return Finding(status=Wellness.OK, detail="answers")

    return timed("redis", ask)


def check_workers(now: datetime) -> Check:
    """At least one worker with a fresh heartbeat; any silent one is named."""

    def ask() -> Finding:
        return _judge_signs(WorkerHeartbeat.Kind.WORKER, now)

    return timed("workers", ask)


def check_beat(now: datetime) -> Check:
    """The scheduler's own heartbeat."""

    def ask() -> Finding:
        return _judge_signs(WorkerHeartbeat.Kind.BEAT, now)

    return timed("beat", ask)


def check_queues() -> Check:
    """How many jobs wait in the broker."""

    def ask() -> Finding:
        depths = redis_metrics.queue_depths(QUEUES)
        status = Wellness.WARN if max(depths.values()) > QUEUE_LIMIT else Wellness.OK
        return Finding(status=status, detail=", ".join(f"{name}: {depth}" for name, depth in depths.items()))

    return timed("queues", ask)


def check_canaries(now: datetime) -> Check:
    """How soon each queue's jobs are taken, by its last canary."""

    def ask() -> Finding:
        found = [sign for sign in queue_signs() if sign.queue in QUEUES]
        if len(found) < len(QUEUES):
            return Finding(status=Wellness.WARN, detail="no canary has been sent to every queue yet")
        stalled = [sign for sign in found if is_stalled(sign, now, settings.CANARY_GRACE)]
        detail = ", ".join(f"{sign.queue}: {_answer(sign, now)}" for sign in found)
        return Finding(status=Wellness.FAIL if stalled else Wellness.OK, detail=detail)

    return timed("canaries", ask)


def check_site(ports: Ports) -> Check:
    """The live site's health address."""

    def ask() -> Finding:
        if not settings.HEALTH_URL:
            return Finding(status=Wellness.WARN, detail="HEALTH_URL is not set")
        return kept("live_site", lambda: _probe_site(ports), for_s=_SITE_CACHE_S)

    return timed("site", ask)


def check_forge(ports: Ports) -> Check:
    """The target repository with our token; asked by schedule alone, since every look costs a request."""

    def ask() -> Finding:
        if not settings.GITHUB_REPO:
            return Finding(status=Wellness.WARN, detail="GITHUB_REPO is not set")
        sha = ports.content().branch_sha(settings.GITHUB_BASE_BRANCH)
        detail = f"{settings.GITHUB_BASE_BRANCH} is at {sha[:7]}" if sha else "the base branch is missing"
        return Finding(status=Wellness.OK if sha else Wellness.FAIL, detail=detail)

    return timed("forge", ask)


def check_writes(now: datetime) -> Check:
    """How much may still be written on the forge; used up is no fault, but why work waits."""

    def ask() -> Finding:
        known = standing(now)
        if known.blocked_until and known.blocked_until > now:
            return Finding(
                status=Wellness.WARN, detail=f"the forge blocks until {known.blocked_until:%H:%M:%S}"
            )
        found = rooms(known.spent, limits(), now=now)
        left = [f"{room.everyday} left in {coarse(room.length)}" for room in found]
        is_used_up = any(not room.everyday for room in found)
        return Finding(
            status=Wellness.WARN if is_used_up else Wellness.OK, detail=", ".join(left) or "no limit"
        )

    return timed("writes", ask)


def check_all(ports: Ports) -> list[Check]:
    """Everything that the loop needs to run."""
    now = ports.clock()
    return [
        check_database(),
        check_redis(),
        check_workers(now),
        check_beat(now),
        check_queues(),
        check_site(ports),
    ]


def worst(checks: Sequence[Check]) -> Wellness:
    """The gravest of them."""
    ranks = list(Wellness)
    return max((check.status for check in checks), key=ranks.index, default=Wellness.OK)


def timed(name: str, ask: Callable[[], Finding]) -> Check:
    """Run one check; a store that is away is a finding, by the name of its error alone."""
    began = time.perf_counter()
    try:
        found = ask()
    except (DatabaseTrouble, RedisError) as error:
        found = Finding(status=Wellness.FAIL, detail=type(error).__name__)
    except PortError as error:
        found = Finding(status=Wellness.FAIL, detail=f"{error.code}: {error.detail}")
    ms = round((time.perf_counter() - began) * 1000, 2)
    return Check(name=name, status=found.status, detail=found.detail, ms=ms)


def _probe_site(ports: Ports) -> Finding:
    reading = ports.prober().probe(ProbeOrder(url=settings.HEALTH_URL, timeout_s=_SITE_TIMEOUT_S))
    return Finding(status=Wellness.OK if reading.is_ok else Wellness.FAIL, detail=reading.detail)


def _answer(sign: QueueSign, now: datetime) -> str:
    if waits := int(sign.waits_for(now).total_seconds()):
        return f"no answer for {waits} s"
    return "no answer yet" if sign.latency_ms is None else f"{sign.latency_ms} ms"


def _judge_signs(kind: WorkerHeartbeat.Kind, now: datetime) -> Finding:
    pulses = {sign.worker_id: judge_pulse(sign, now) for sign in signs(kind)}
    fresh = sorted(name for name, pulse in pulses.items() if pulse is Pulse.FRESH)
    stale = sorted(name for name, pulse in pulses.items() if pulse is Pulse.STALE)
    detail = "; ".join(
        f"{word}: {', '.join(names)}" for word, names in (("fresh", fresh), ("silent", stale)) if names
    )
    if not fresh:
        return Finding(status=Wellness.FAIL, detail=detail or f"no {kind} has reported")
    return Finding(status=Wellness.WARN if stale else Wellness.OK, detail=detail)
