"""Settings → adapters: the only place that names a concrete class.

Services ask `ports()` for the outside world. Tests put another world in place with `use()`.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from closedloop.adapters.celery_courier import BackgroundCourier, CeleryCourier
from closedloop.adapters.redis_board import RedisBoard
from closedloop.celery import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from closedloop.ports.board import Board
    from closedloop.ports.courier import Courier
    from closedloop.ports.deployer import DeployWatcher
    from closedloop.ports.forge import ContentReader, ForgeWriter, PullReader
    from closedloop.ports.llm import ChatModel
    from closedloop.ports.notifier import Notifier
    from closedloop.ports.probe import Prober


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside world as the services see it."""

    clock: Callable[[], datetime]
    #: Name of this process in leases, events and logs.
    worker: str
    courier: Courier
    board: Board
    #: Built on first use: vendor libraries cost 0.2–0.7 s and up to 55 MB each.
    content: Callable[[], ContentReader]
    pulls: Callable[[], PullReader]
    writer: Callable[[], ForgeWriter]
    model: Callable[[], ChatModel]
    deployer: Callable[[], DeployWatcher]
    prober: Callable[[], Prober]
    notifier: Callable[[], Notifier]


_override: ContextVar[Ports | None] = ContextVar("ports", default=None)
_default: list[Ports] = []


def ports() -> Ports:
    """The world in force."""
    return _override.get() or (_default[0] if _default else _configured())


@contextmanager
def use(world: Ports, *, everywhere: bool = False) -> Iterator[Ports]:
    """Put another world in place; `everywhere` also for threads started elsewhere."""
    token = _override.set(world)
    if everywhere:
        _default.insert(0, world)
    try:
        yield world
    finally:
        _override.reset(token)
        if everywhere:
            _default.remove(world)


def worker_name() -> str:
    """`pid@host`, or the Celery node name once a worker has set it."""
    return os.environ.get("CLOSEDLOOP_WORKER") or f"{os.getpid()}@{socket.gethostname()}"


@cache
def _configured() -> Ports:
    direct = CeleryCourier(app)
    return Ports(
        clock=timezone.now,
        worker=worker_name(),
        courier=direct if os.environ.get("CLOSEDLOOP_WORKER") else BackgroundCourier(direct),
        board=RedisBoard(settings.REDIS_URL, timeout_s=settings.REDIS_TIMEOUT_S),
        content=_content,
        pulls=_pulls,
        writer=_writer,
        model=_model,
        deployer=_deployer,
        prober=_prober,
        notifier=_notifier,
    )
