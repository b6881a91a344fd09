"""Hanging copies up again that got lost: after a flush, and before those of long tasks fade.

A note without meaning of its own hangs beside them. When it is gone, so may be all others.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from closedloop.ports.board import Pin
from closedloop.ports.errors import Unavailable
from tasks_app import selectors
from tasks_app.services.projection import TTL_S, fields_of, task_key

if TYPE_CHECKING:
    from closedloop.wiring import Ports

_MARK = "agent:board"
#: Seconds after which all copies are gone through though nothing was lost.
_EVERY_S = 600
#: Copies that leave together.
_BATCH = 200


def refresh_board(ports: Ports) -> int:
    """See to it that every task that is open, or was an hour ago, has its copy; best effort, hence 0."""
    try:
        if ports.board.read(_MARK):
            return 0
    except Unavailable:
        return 0
    since = ports.clock() - timedelta(seconds=TTL_S)
    tasks = selectors.tasks_of_interest(since).iterator(_BATCH)
    pins = (Pin(key=task_key(task.pk), value=fields_of(task), ttl_s=TTL_S) for task in tasks)
    while batch := list(islice(pins, _BATCH)):
        ports.board.pin_missing(batch)
    ports.board.pin(_MARK, {"refreshed_at": ports.clock().isoformat()}, ttl_s=_EVERY_S)
    return 0
