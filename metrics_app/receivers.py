"""Celery's signals → signs of life. Start and end of a job touch memory only; see `services.activity`."""

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
    worker_ready,
    worker_shutdown,
)

from closedloop.wiring import ports
from metrics_app.models import WorkerHeartbeat
from metrics_app.services.activity import ActivityBoard, RunningJob
from metrics_app.services.heart import Heart

if TYPE_CHECKING:
    from collections.abc import Sequence


class Life:
    """What the process is: a worker, beat, or (web, commands) neither."""

    def __init__(self) -> None:
        self.board: ActivityBoard | None = None
        self.worker: Heart | None = None
        self.beat: Heart | None = None


life = Life()


@celeryd_init.connect
def lay_out_board(**_: Any) -> None:
    """Lay the board out before the pool forks, so that its children share it."""
    life.board = ActivityBoard()


@worker_ready.connect
def start_worker(sender: Any, **_: Any) -> None:
    """Begin the life of a worker under its Celery node name."""
    board = life.board or ActivityBoard()
    life.worker = Heart(sender.hostname, WorkerHeartbeat.Kind.WORKER, board, ports())
    life.worker.begin()


@heartbeat_sent.connect
def pulse_worker(**_: Any) -> None:
    """Pass the pulse of the worker's event loop on; Celery sends it every two seconds."""
    if life.worker:
        life.worker.pulse()


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


@beat_init.connect
@beat_embedded_init.connect
def start_beat(**_: Any) -> None:
    """Begin the life of the scheduler."""
    name = f"beat@{socket.gethostname()}"
    life.beat = Heart(name, WorkerHeartbeat.Kind.BEAT, ActivityBoard(), ports())
    life.beat.begin()
    atexit.register(life.beat.stop)


@after_task_publish.connect
def pulse_beat(**_: Any) -> None:
    """Take what the scheduler sends for its pulse: one that sends nothing is as good as dead."""
    if life.beat:
        life.beat.pulse()
