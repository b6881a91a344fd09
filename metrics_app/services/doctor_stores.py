"""The doctor on our own ground: settings, database, Redis, broker, workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from closedloop.celery import app
from metrics_app.models import HealthReading, WorkerHeartbeat
from metrics_app.selectors.workers import signs
from metrics_app.services import redis_metrics
from metrics_app.services.diagnosis import Diagnosis, Examination, fail, ok, warn
from metrics_app.services.health import QUEUES
from metrics_app.slo.conditions import QUEUE_LIMIT, Pulse, judge_pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from closedloop.wiring import Ports

_SCRATCH_QUEUE = "doctor"
_ANSWER_S = 2


def examinations(ports: Ports) -> list[Examination]:
    """In the order in which trouble is best mended."""
    start = "Start it, or correct {}."
    return [
        Examination(name="settings", ask=_settings, mend="Correct the setting that is named."),
        Examination(name="database", ask=lambda: _database(ports), mend=start.format("DATABASE_URL")),
        Examination(name="migrations", ask=_migrations, mend="Run `python manage.py migrate`."),
        Examination(name="redis", ask=_redis, mend=start.format("REDIS_URL")),
        Examination(name="broker", ask=_broker, mend="Let the user of REDIS_URL read and write lists."),
        Examination(name="queues", ask=_queues, mend=start.format("REDIS_URL")),
        Examination(name="workers", ask=lambda: _signs(ports, "worker"), mend="Run the migrations first."),
        Examination(name="beat", ask=lambda: _signs(ports, "beat"), mend="Run the migrations first."),
    ]


def _settings() -> Iterator[Diagnosis]:
    found = [check for check in run_checks() if not check.is_silenced()]
    for check in found:
        say = fail if check.level >= ERROR else warn
        yield say("settings", f"{check.id}: {check.msg}", check.hint or "See the README's table.")
    if not found:
        yield ok("settings", f"system checks pass, ENV is {settings.ENV}, version {settings.APP_VERSION}")


def _database(ports: Ports) -> Iterator[Diagnosis]:
    """Write a row, read it back, and undo both."""
    with transaction.atomic():
        HealthReading.objects.create(name="doctor", is_ok=True, elapsed_ms=0, at=ports.clock())
        HealthReading.objects.get(name="doctor")
        transaction.set_rollback(True)
    yield ok("database", f"{connection.vendor}: wrote a row and read it back")
    if connection.vendor == "sqlite" and settings.ENV != "local":
        mend = "Set DATABASE_URL to a PostgreSQL when workers run on several machines."
        yield warn("database", "SQLite serves one machine only", mend)


def _migrations() -> Iterator[Diagnosis]:
    executor = MigrationExecutor(connection)
    open_ones = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if open_ones:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in open_ones[:3])
        text = f"{len(open_ones)} not applied: {names}{' …' if len(open_ones) > 3 else ''}"  # noqa: PLR2004
        yield fail("migrations", text, "Run `python manage.py migrate`.")
    else:
        yield ok("migrations", "all are applied")


def _redis() -> Iterator[Diagnosis]:
    # https://redis.io/docs/latest/commands/info/
    info = redis_metrics.client().info()
    yield ok("redis", f"version {info['redis_version']}, uses {info['used_memory_human']}")
    policy, limit = info.get("maxmemory_policy", "noeviction"), info.get("maxmemory", 0)
    if limit and policy != "noeviction":
        mend = "Set `maxmemory-policy noeviction`: queues and waiting submissions must not be evicted."
        yield fail("redis", f"maxmemory-policy is {policy}", mend)


def _broker() -> Iterator[Diagnosis]:
    """Send a message through a queue of its own and take it out again."""
    with app.connection_for_write() as link, link.SimpleQueue(_SCRATCH_QUEUE) as queue:
        queue.clear()
        queue.put("ping", expiration=_ANSWER_S)
        message = queue.get(timeout=_ANSWER_S)
        message.ack()
        queue.queue.delete()
    yield ok("broker", "a message went in and came out")


def _queues() -> Iterator[Diagnosis]:
    depths = redis_metrics.queue_depths(QUEUES)
    text = ", ".join(f"{name} {depth}" for name, depth in depths.items())
    if max(depths.values()) > QUEUE_LIMIT:
        yield warn("queues", text, "Add workers for the full queue, or see what slows them.")
    else:
        yield ok("queues", text)


def _signs(ports: Ports, kind: str) -> Iterator[Diagnosis]:
    command = "celery -A closedloop beat" if kind == "beat" else "celery -A closedloop worker"
    name = "beat" if kind == "beat" else "workers"
    pulses = {sign.worker_id: judge_pulse(sign, ports.clock()) for sign in signs(WorkerHeartbeat.Kind(kind))}
    fresh = [worker for worker, pulse in pulses.items() if pulse is Pulse.FRESH]
    if fresh:
        yield ok(name, f"alive: {', '.join(fresh)}")
    else:
        yield fail(name, "none has a fresh heartbeat", f"Start one: `{command}`.")
    for worker, pulse in pulses.items():
        if pulse is Pulse.STALE:
            mend = f"Restart it: `{command}`; it is forgotten after a day."
            yield warn(name, f"{worker} is silent for over two minutes", mend)
