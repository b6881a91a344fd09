"""Killing, the same way on both sides: busy children, workers in turn, Redis with and without its data."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.faults_busy import busy_in
from bench.faults_schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.local.supervisor import Supervisor

#: Jobs that look for work instead of doing it.
_SWEEPING = ("tasks.sweep", "rollback.sweep", "metrics.")
#: Every so manyth child to be killed is one that sweeps, on the side that has some.
_SWEEPER = 4


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

    def __init__(
        self, supervisor: Supervisor, place: Path, *, parents: Sequence[str], has_sweepers: bool
    ) -> None:
        self._supervisor = supervisor
        self._place = place
        self._parents = parents
        self._has_sweepers = has_sweepers
        self._count = dict.fromkeys(Fault, 0)
        self.killed: list[Killed] = []

    def try_kill(self, fault: Fault) -> Killed | None:
        """Kill one; None when there is no such process now: then it is to be tried again."""
        number = self._count[fault]
        match fault:
            case Fault.CHILD:
                found = self._kill_child(wants_sweeper=number % _SWEEPER == _SWEEPER - 1)
            case Fault.PARENT:
                found = self._kill_process(Fault.PARENT, self._parents[number % len(self._parents)])
            case Fault.REDIS:
                found = self._kill_process(Fault.REDIS, "redis")
        if found is None:
            return None
        if fault is Fault.REDIS and number % 2:
            empty_redis(self._place)
        self._count[fault] += 1
        self.killed.append(found)
        return found

    def _kill_child(self, *, wants_sweeper: bool) -> Killed | None:
        for one in busy_in(self._place / "busy"):
            sweeps = self._has_sweepers and one.job.startswith(_SWEEPING)
            if sweeps is (wants_sweeper and self._has_sweepers) and _is_killed(one.pid):
                return Killed(fault=Fault.CHILD, what=one.job, about=one.about, at_s=time.time())
        return None

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
