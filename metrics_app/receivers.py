"""Celery's signals → signs of life.

Start and end of a job touch memory only, see `services.activity`. A prefork child alone, between two jobs and
at most every two seconds, writes down what it has sent to the forge.
"""

from __future__ import annotations

import atexit
import socket
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery.signals import (
    after_task_publish,
    beat_embedded_init,
    beat_init,
    celeryd_init,
    heartbeat_sent,
    task_postrun,
    task_prerun,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from closedloop.celery import QUEUE_CANARY
from closedloop.wiring import canary_sender, ports, traffic_tally
from metrics_app.models import WorkerHeartbeat
from metrics_app.services.activity import ActivityBoard, RunningJob
from metrics_app.services.heart import Body, Heart
from metrics_app.services.queue_canaries import QueueCanaries
from metrics_app.services.traffic import TrafficWriter
from metrics_app.services.worker_canary import WorkerCanary

if TYPE_CHECKING:
    from collections.abc import Sequence


class Life:
    """What the process is: a worker, beat, or (web, commands) neither."""

    def __init__(self) -> None:
        self.board: ActivityBoard | None = None
        self.worker: Heart | None = None
        self.beat: Heart | None = None
        #: A prefork child has no heart: it writes its own count of requests down, between jobs.
        self.child: TrafficWriter | None = None


life = Life()


@celeryd_init.connect
def lay_out_board(**_: Any) -> None:
    """Lay the board out before the pool forks, so that its children share it."""
    life.board = ActivityBoard()


@worker_ready.connect
def start_worker(sender: Any, **_: Any) -> None:
    """Begin the life of a worker under its Celery node name."""
    board = life.board or ActivityBoard()
    body = Body(
        worker_id=sender.hostname,
        kind=WorkerHeartbeat.Kind.WORKER,
        board=board,
        queue_canaries=QueueCanaries(canary_sender()),
        traffic=TrafficWriter(traffic_tally()),
        canary=WorkerCanary(sender.hostname, board, lambda: sender.pool.num_processes, canary_sender()),
    )
    life.worker = Heart(body, ports())
    life.worker.begin()


@heartbeat_sent.connect
def pulse_worker(**_: Any) -> None:
    """Pass the pulse of the worker's event loop on; Celery sends it every two seconds."""
    if life.worker:
        life.worker.pulse()


@worker_shutting_down.connect
def retire_worker(**_: Any) -> None:
    """Miss no canaries while it ends what it has in hand."""
    if life.worker:
        life.worker.retire()


@worker_shutdown.connect
def stop_worker(**_: Any) -> None:
    """Say goodbye."""
    if life.worker:
        life.worker.stop()


@task_prerun.connect
def begin_job(task: Any, args: Sequence[Any] = (), **_: Any) -> None:
    """Note what is in hand: the first argument of our jobs is the row they work on."""
    if life.board:
        life.board.begin(RunningJob(name=task.name, row_id=_row_id(args), started_at=time.time()))


def _row_id(args: Sequence[Any]) -> str:
    """The row a job works on; chores have none."""
    try:
        return str(UUID(args[0]))
    except (IndexError, TypeError, ValueError, AttributeError):
        return ""


@task_postrun.connect
def end_job(**_: Any) -> None:
    """Note that it is done."""
    if life.board:
        life.board.end()
    if life.child:
        life.child.look(ports().clock())


@worker_process_init.connect
def begin_child(**_: Any) -> None:
    """Begin the life of a member of a prefork pool."""
    life.child = TrafficWriter(traffic_tally())


@worker_process_shutdown.connect
def end_child(**_: Any) -> None:
    """Leave no request uncounted."""
    if life.child:
        life.child.finish(ports().clock())


@beat_init.connect
@beat_embedded_init.connect
def start_beat(**_: Any) -> None:
    """Begin the life of the scheduler."""
    body = Body(
        worker_id=f"beat@{socket.gethostname()}",
        kind=WorkerHeartbeat.Kind.BEAT,
        board=ActivityBoard(),
        queue_canaries=QueueCanaries(canary_sender()),
        traffic=TrafficWriter(traffic_tally()),
    )
    life.beat = Heart(body, ports())
    life.beat.begin()
    atexit.register(life.beat.stop)


@after_task_publish.connect
def pulse_beat(sender: str, **_: Any) -> None:
    """Take what the scheduler sends for its pulse: one that sends nothing is as good as dead.

    Its heart's own canaries are not the scheduler's doing.
    """
    if life.beat and sender != QUEUE_CANARY:
        life.beat.pulse()
