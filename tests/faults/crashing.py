"""`celery -A tests.faults.crashing worker`: the product's own workers, which die where the book says.

The world that services see is wrapped before the pool forks, so that parent, children and threads all
carry the proxies. Nothing of the product knows.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import structlog
from celery.signals import worker_init

from closedloop import wiring
from closedloop.celery import app
from tests.fakes.watched import watched
from tests.faults.book import VARIABLE, CrashBook

__all__ = ["app"]

#: Kept for the life of the process: leaving the stack would put the usual world back.
_for_ever = ExitStack()


@worker_init.connect
def begin(**_: object) -> None:
    """Put the watched world in place, for this process and for those it forks."""
    book = CrashBook(Path(os.environ[VARIABLE]))

    # One at a time: else a thread that took a point could die of another's before it said so.
    dying = threading.Lock()

    def watch(point: str) -> None:
        with dying:
            if book.try_take(point):
                about = structlog.contextvars.get_contextvars()
                book.note(point, os.environ.get("CLOSEDLOOP_WORKER", "web"), about)
                os.kill(os.getpid(), signal.SIGKILL)

    _for_ever.enter_context(wiring.use(watched(wiring.ports(), watch), everywhere=True))
