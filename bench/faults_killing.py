"""Killing, the same way on both sides: busy children, workers in turn, Redis with and without its data."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.faults_busy import Busy, busy_in
from bench.faults_schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.local.supervisor import Supervisor

#: Whether a child is one that is to be killed; asked while it stands still.
Wanted = Callable[[Busy], bool]


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
        self, supervisor: Supervisor, place: Path, *, parents: Sequence[str], children: Sequence[Wanted]
    ) -> None:
        """Kill these parents in turn, and these kinds of children in turn."""
        self._supervisor = supervisor
        self._place = place
        self._parents = parents
        self._children = children
        self._count = dict.fromkeys(Fault, 0)
        self.killed: list[Killed] = []

    def try_kill(self, fault: Fault) -> Killed | None:
        """Kill one; None when there is no such process now: then it is to be tried again."""
        number = self._count[fault]
        match fault:
            case Fault.CHILD:
                found = self._kill_child(self._children[number % len(self._children)])
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

    def _kill_child(self, is_wanted: Wanted) -> Killed | None:
        for one in busy_in(self._place / "busy"):
            if _is_killed(one.pid, partial(is_wanted, one)):
                return Killed(fault=Fault.CHILD, what=one.job, about=one.about, at_s=time.time())
        return None

    def _kill_process(self, fault: Fault, name: str) -> Killed | None:
        pid = self._supervisor.pids().get(name)
        if pid is None or not _is_killed(pid):
            return None
        return Killed(fault=fault, what=name, about="", at_s=time.time())


def _is_killed(pid: int, is_wanted: Callable[[], bool] = lambda: True) -> bool:
    """Stop it, so that it dies in what it is seen to do; let it go on when that is not wanted."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        wanted = is_wanted()
        os.kill(pid, signal.SIGKILL if wanted else signal.SIGCONT)
        return wanted
    return False


def empty_redis(place: Path) -> None:
    """Delete everything that the server of a data directory has written; it must have been killed."""
    for entry in (place / "redis").iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "redis.conf":
            entry.unlink()
