"""A worker that consumes nothing although it could leaves, so that its supervisor starts a new one.

Celery workers can come back from a reconnect to Redis as "online" while they take no job any more: process,
event loop and heartbeat go on, work does not. Hence, from the heart's thread:

1. Every sixth of the grace a canary goes to the worker's own queue, beside the shared ones.
2. The pool notes every beginning of a job on the activity board, in memory: no store is needed for it.
3. `metrics_app.slo.canary` judges the silence. Longer than the grace means: leave.
4. Jobs in hand get a moment to end; then pool and worker end, with an exit code that says so. Whatever they
   still held is taken over when its lease is over. No goodbye is written: nobody wished this end.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil
import structlog
from django.conf import settings

from closedloop.sentry import report_deaf_worker
from metrics_app.slo.canary import Look, Silence, listen, sent
from metrics_app.slo.conditions import STUCK_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from closedloop.ports.canary import CanarySender
    from metrics_app.services.activity import Activity, ActivityBoard

log = structlog.get_logger(__name__)

#: Canaries per grace: some may be lost with the broker's memory.
PER_GRACE = 6
#: sysexits.h: temporary failure, please start me again.
EXIT_CODE = os.EX_TEMPFAIL
#: Seconds that jobs in hand may take to end.
_LAST_MOMENT_S = 10.0
_LOOK_EVERY_S = 0.1


class WorkerCanary:
    """The canaries of one worker; `look` is called by its heart, every two seconds or so."""

    def __init__(
        self,
        worker_id: str,
        board: ActivityBoard,
        places: Callable[[], int],
        sender: CanarySender,
        leave: Callable[[str, float, ActivityBoard], None] | None = None,
    ) -> None:
        """`places` tells the pool's size, `leave` is what happens to a deaf worker."""
        self._worker_id = worker_id
        self._board = board
        self._places = places
        self._sender = sender
        self._leave = leave or leave_deaf
        self._silence = Silence(at_s=time.monotonic(), begun=board.read().begun)
        self._next_at_s = 0.0
        #: When a job was last seen to have begun; None before the first.
        self.heard_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Judge the silence, send a canary if it is time, leave if it lasted too long."""
        activity, at_s = self._board.read(), time.monotonic()
        if activity.begun != self._silence.begun:
            self.heard_at = now
        look = Look(at_s=at_s, begun=activity.begun, is_full=self._is_full(activity, now))
        self._silence = listen(self._silence, look)
        grace_s = settings.CANARY_GRACE.total_seconds()
        if self._silence.lasted_s > grace_s:
            self._leave(self._worker_id, self._silence.lasted_s, self._board)
        elif at_s >= self._next_at_s:
            self._next_at_s = at_s + grace_s / PER_GRACE
            has_left = self._sender.send_to_worker(self._worker_id, life_s=grace_s)
            self._silence = sent(self._silence, has_left=has_left)

    def _is_full(self, activity: Activity, now: datetime) -> bool:
        """Whether a canary cannot begin for a good reason; jobs that all run for ever are none."""
        if len(activity.running) < self._places():
            return False
        latest = max((job.started_at for job in activity.running), default=0.0)
        return now.timestamp() - latest < STUCK_AFTER.total_seconds()


def leave_deaf(worker_id: str, silent_s: float, board: ActivityBoard) -> None:
    """Tell why, let jobs in hand end, and end this process with its children; does not return."""
    log.critical("worker_is_deaf", worker=worker_id, silent_s=round(silent_s, 1))
    report_deaf_worker(worker_id=worker_id, app_version=settings.APP_VERSION, silent_s=silent_s)
    give_up_at = time.monotonic() + _LAST_MOMENT_S
    while board.read().running and time.monotonic() < give_up_at:
        time.sleep(_LOOK_EVERY_S)
    for child in psutil.Process().children(recursive=True):
        child.kill()  # a child that was stopped would not notice that its parent is gone
    os._exit(EXIT_CODE)
