"""What workers do beside their jobs: when beat is silent, any worker sweeps."""

from __future__ import annotations

from datetime import timedelta

from celery.signals import heartbeat_sent, worker_init
from django.db import DatabaseError

from closedloop.ports.courier import Hint
from closedloop.wiring import load_vendors, ports
from tasks_app.services.sweep import is_silent

#: Beat sweeps every second; after this long somebody else has to.
_SILENCE = timedelta(seconds=5)


@worker_init.connect
def load_once(**_kwargs: object) -> None:
    """Import the vendors' libraries in the parent, so that children share their memory."""
    load_vendors()


@heartbeat_sent.connect
def sweep_when_beat_is_silent(**_kwargs: object) -> None:
    """Ask for a sweep from the worker's own timer; a database that is away is somebody else's alarm."""
    world = ports()
    try:
        silent = is_silent("tasks", now=world.clock(), for_longer_than=_SILENCE)
    except DatabaseError:
        return
    if silent:
        world.courier.send(
            [Hint(jobs=("tasks.sweep",), row_id="-"), Hint(jobs=("rollback.sweep",), row_id="-")]
        )
