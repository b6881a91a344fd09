"""The heart of a worker: turns pulses of its loop into signs of life."""

from __future__ import annotations

import threading
from dataclasses import dataclass
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
    from metrics_app.services.queue_canaries import QueueCanaries
    from metrics_app.services.traffic import TrafficWriter
    from metrics_app.services.worker_canary import WorkerCanary

log = structlog.get_logger(__name__)

#: Seconds between two signs at most; Celery's own pulse is as long.
REST_S = 2.0
#: Seconds that the goodbye of a stopping worker may take.
_GOODBYE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a heart beats for."""

    worker_id: str
    kind: WorkerHeartbeat.Kind
    board: ActivityBoard
    queue_canaries: QueueCanaries
    traffic: TrafficWriter
    #: The worker's own; beat takes no jobs and has none.
    canary: WorkerCanary | None = None


class Heart:
    """One thread that writes a sign of life after a pulse, never more often than every REST_S seconds.

    The pulse comes from the worker's own event loop: a loop that hangs sends none, and its worker goes
    stale although this thread lives. Writing happens here and not in the loop, so that a slow database
    or Redis delays no job. Canaries and the count of requests are looked after whether the loop turns or not.
    """

    def __init__(self, body: Body, ports: Ports) -> None:
        self._body = body
        self._worker_id = body.worker_id
        self._ports = ports
        self._tree = ProcessTree()
        self._started_at = ports.clock()
        self._pulse = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_troubled = False
        self._is_retired = False
        #: The row last looked up and the task behind it.
        self._trace = ("", "")

    def begin(self) -> None:
        """Write the first sign before the loop turns, so that no job finds its own worker unknown."""
        self.beat()
        connection.close()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
        self._thread.start()

    def pulse(self) -> None:
        """Take note that the loop turns; returns at once."""
        self._pulse.set()

    def retire(self) -> None:
        """Listen no more: a worker that is being shut down takes no jobs on purpose."""
        self._is_retired = True

    def stop(self) -> None:
        """Say goodbye, so that nobody takes the silence for an accident."""
        self._stop.set()
        self._pulse.set()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            is_pulsed = self._pulse.wait(REST_S)
            if self._stop.is_set():
                break  # the goodbye comes first: there is little time for it
            if is_pulsed:
                self._pulse.clear()
                self.beat()
            self._body.traffic.look(self._ports.clock())
            self._look_after_canaries()
            self._stop.wait(REST_S)
        self.beat()
        self._body.traffic.finish(self._ports.clock())
        connection.close()

    def _look_after_canaries(self) -> None:
        now = self._ports.clock()
        self._body.queue_canaries.look(now)
        if self._body.canary and not self._is_retired:
            self._body.canary.look(now)

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
        activity, usage = self._body.board.read(), self._tree.read()
        longest = activity.running[0] if activity.running else None
        return WorkerHeartbeat(
            worker_id=self._worker_id,
            kind=self._body.kind,
            status=self._status(activity),
            last_heartbeat=self._ports.clock(),
            running_jobs=len(activity.running),
            current_job=longest.name if longest else "",
            current_task_id=self._task_behind(longest.row_id) if longest else "",
            job_started_at=datetime.fromtimestamp(longest.started_at, UTC) if longest else None,
            app_version=settings.APP_VERSION,
            tasks_completed=activity.completed,
            started_at=self._started_at,
            canary_at=self._body.canary.heard_at if self._body.canary else None,
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
