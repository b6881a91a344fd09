"""Killing, the same way on both sides: busy children, workers in turn, Redis with and without its data."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from bench.faults_busy import Busy, busy_in
from bench.faults_schedule import Fault
from bench.submission.patience import until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.local.supervisor import Supervisor

#: Jobs that look for work instead of doing it.
_SWEEPING = ("tasks.sweep", "rollback.sweep", "metrics.")
#: Every so manyth child to be killed is one that sweeps, if there is one.
_SWEEPER = 4
_PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One process that was killed."""

    fault: Fault
    #: name of the worker; of a child's job
    what: str
    #: the row that a child worked on, if any
    about: str
    #: `time.time()`, in seconds
    at_s: float


class Killing:
    """Kills processes below a supervisor."""

    def __init__(self, supervisor: Supervisor, place: Path, *, parents: Sequence[str]) -> None:
        self._supervisor = supervisor
        self._place = place
        self._parents = cycle(parents)
        self._count = dict.fromkeys(Fault, 0)
        self.killed: list[Killed] = []

    def kill(self, fault: Fault) -> Killed | None:
        """Kill one; None when there was no such process, which is then no fault."""
        number = self._count[fault]
        self._count[fault] += 1
        match fault:
            case Fault.CHILD:
                found = self._kill_child(wants_sweeper=number % _SWEEPER == _SWEEPER - 1)
            case Fault.PARENT:
                found = self._kill_process(Fault.PARENT, next(self._parents))
            case Fault.REDIS:
                found = self._kill_process(Fault.REDIS, "redis")
                if number % 2:
                    empty_redis(self._place)
        self.killed += [found] if found else []
        return found

    def _kill_child(self, *, wants_sweeper: bool) -> Killed | None:
        chosen: list[Busy] = []

        def is_found() -> bool:
            chosen[:] = [one for one in self._busy() if one.job.startswith(_SWEEPING) is wants_sweeper]
            return bool(chosen) and _is_killed(chosen[0].pid)

        try:
            until(is_found, "a child at work", timeout_s=_PATIENCE_S)
        except TimeoutError:
            return self._kill_child(wants_sweeper=False) if wants_sweeper else None
        return Killed(fault=Fault.CHILD, what=chosen[0].job, about=chosen[0].about, at_s=time.time())

    def _busy(self) -> list[Busy]:
        """Children at work; a worker's own process is none, though its threads work."""
        parents = set(self._supervisor.pids().values())
        return [one for one in busy_in(self._place / "busy") if one.pid not in parents]

    def _kill_process(self, fault: Fault, name: str) -> Killed | None:
        pid = self._supervisor.pids().get(name)
        if pid is None or not _is_killed(pid):
            return None
        return Killed(fault=fault, what=name, about="", at_s=time.time())


def _is_killed(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def empty_redis(place: Path) -> None:
    """Delete everything that the server of a data directory has written; it must have been killed."""
    for entry in (place / "redis").iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "redis.conf":
            entry.unlink()
