"""The courier: which queues there are and how messages travel. What they mean stands in the rows."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, celeryd_init
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")

#: Model and forge calls: a pool of threads, each bounded by client time-outs below the lease.
IO_QUEUE = "orchestrator"
#: Everything else: two processes with soft and hard limits.
MAIN_QUEUE = "main"

#: Canaries: through a worker's own queue, and through a shared one. `metrics_app.tasks` runs them.
WORKER_CANARY = "metrics.worker_canary"
QUEUE_CANARY = "metrics.queue_canary"

#: Which jobs run where; the first pattern that fits decides, the rest is for the main queue.
_ROUTES = (
    ("tasks.sweep", {"queue": MAIN_QUEUE}),
    ("rollback.sweep", {"queue": MAIN_QUEUE}),
    ("tasks.*", {"queue": IO_QUEUE}),
    ("rollback.*", {"queue": IO_QUEUE}),
)

app = Celery("closedloop")


@app.on_configure.connect
def _configure(sender: Celery, **_kwargs: object) -> None:
    from django.conf import settings  # noqa: PLC0415 - settings import this package

    from closedloop.beat import BEAT_SETTINGS  # noqa: PLC0415

    sender.conf.update(
        broker_url=settings.REDIS_URL,
        # Results only for chord members, whose count Redis keeps; the rows hold what they found.
        result_backend=f"closedloop.adapters.chord_backend.ChordBackend+{settings.REDIS_URL}",
        result_expires=3600,
        task_ignore_result=True,
        task_queues=[Queue(IO_QUEUE), Queue(MAIN_QUEUE)],
        task_default_queue=MAIN_QUEUE,
        task_routes=[_ROUTES],
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # For as long as it takes: a worker that gave up would have to be started by a person.
        broker_connection_max_retries=None,
        worker_consumer="closedloop.adapters.celery_consumer:PromptConsumer",
        broker_transport_options={
            "visibility_timeout": 600,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
        },
        redis_socket_timeout=5.0,
        redis_socket_connect_timeout=1.0,
        timezone="UTC",
        enable_utc=True,
        **BEAT_SETTINGS,
    )


@celeryd_init.connect
def _name_worker(sender: str, **_kwargs: object) -> None:
    """Let leases, events and logs name this worker; its children inherit the name."""
    os.environ["CLOSEDLOOP_WORKER"] = sender


def canary_queue(worker_id: str) -> str:
    """The queue that only this worker consumes, beside the shared ones."""
    return f"canary.{worker_id}"


@celeryd_after_setup.connect
def _add_canary_queue(sender: str, instance: Any, **_kwargs: object) -> None:
    instance.app.amqp.queues.select_add(canary_queue(sender))


app.autodiscover_tasks(["tasks_app", "rollback_app", "metrics_app"])
