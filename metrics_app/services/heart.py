"""The heart of a worker: turns pulses of its loop into signs of life."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection

from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors.traces import task_behind
from metrics_app.services.heartbeats import record_heartbeat
from metrics_app.services.resources import ProcessTree

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from metrics_app.services.activity import Activity, ActivityBoard

log = structlog.get_logger(__name__)

#: Seconds between two signs at most; Celery's own pulse is as long.
REST_S = 2.0
#: Seconds that the goodbye of a stopping worker may take.
_GOODBYE_S = 3.0


class Heart:
    """One thread that writes a sign of life after a pulse, never more often than every REST_S seconds.

    The pulse comes from the worker's own event loop: a loop that hangs sends none, and its worker goes
    stale although this thread lives. Writing happens here and not in the loop, so that a slow database
    or Redis delays no job.
    """

    def __init__(
        self, worker_id: str, kind: WorkerHeartbeat.Kind, board: ActivityBoard, ports: Ports
    ) -> None:
        self._worker_id = worker_id
        self._kind = kind
        self._board = board
        self._ports = ports
        self._tree = ProcessTree()
        self._started_at = ports.clock()
        self._pulse = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_troubled = False
        #: The row last looked up and the task behind it.
        self._trace = ("", "")

    def begin(self) -> None:
        """Write the first sign before the loop turns, so that no job finds its own worker unknown."""
        self.beat()
        connection.close()

    def pulse(self) -> None:
        """Take note that the loop turns; returns at once."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
            self._thread.start()
        self._pulse.set()

    def stop(self) -> None:
        """Say goodbye, so that nobody takes the silence for an accident."""
        self._stop.set()
        self._pulse.set()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._pulse.wait()
            self._pulse.clear()
            self.beat()
            self._stop.wait(REST_S)
        self.beat()
        connection.close()

    def beat(self) -> None:
        """Write one sign; a store that is away costs this sign, nothing else."""
        try:
            record_heartbeat(self._sign(), self._ports)
        except DatabaseTrouble as error:
            connection.close()  # a new one is made for the next beat
            if not self._is_troubled:
                log.warning("heartbeat_lost", worker=self._worker_id, error=type(error).__name__)
            self._is_troubled = True
        else:
            self._is_troubled = False

    def _sign(self) -> WorkerHeartbeat:
        activity, usage = self._board.read(), self._tree.read()
        longest = activity.running[0] if activity.running else None
        return WorkerHeartbeat(
            worker_id=self._worker_id,
            kind=self._kind,
            status=self._status(activity),
            last_heartbeat=self._ports.clock(),
            running_jobs=len(activity.running),
            current_job=longest.name if longest else "",
            current_task_id=self._task_behind(longest.row_id) if longest else "",
            job_started_at=datetime.fromtimestamp(longest.started_at, UTC) if longest else None,
            app_version=settings.APP_VERSION,
            tasks_completed=activity.completed,
            started_at=self._started_at,
            cpu_percent=usage.cpu_percent,
            memory_mb=usage.memory_mb,
        )

    def _status(self, activity: Activity) -> str:
        if self._stop.is_set():
            return "stopped"
        return "running" if activity.running else "idle"

    def _task_behind(self, row_id: str) -> str:
        if row_id != self._trace[0]:
            try:
                self._trace = (row_id, task_behind(row_id))
            except DatabaseTrouble:
                return row_id  # mostly the task itself; the copy in Redis must not wait for the database
        return self._trace[1]
