"""What the processes and threads of one worker are doing, on a board that they share.

Celery tells a job's start and end in the process that runs it; the main process of a prefork pool does
not see them, and its children must not pay for a database write per job. So:

1. The main process lays out a board in anonymous shared memory before the pool forks.
2. Whoever runs jobs owns one place on it: a prefork child the place of its pool index (its replacement
   inherits it), a thread the next free one. There is one writer per place, hence no lock.
3. Start and end of a job write that place: a few microseconds, memory only.
4. The main process reads all places when its heart beats. A reading taken in the middle of a write shows
   a mixed place once, until the next beat; figures are not accounts.
"""

from __future__ import annotations

import itertools
import mmap
import os
import struct
import threading
from dataclasses import dataclass

from billiard import current_process

#: Jobs begun, jobs completed, start of the running one (Unix time, 0 when idle), its row, its name.
_PLACE = struct.Struct("<QQd64s96s")
#: More than any pool has members; whoever comes later is not shown.
PLACES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """A job in hand."""

    #: Celery's name of it.
    name: str
    #: The row it works on; empty for jobs about none.
    row_id: str
    #: Unix time.
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the whole worker is doing."""

    #: Jobs of any kind that have begun since the worker started.
    begun: int
    #: Jobs about a row that have ended since the worker started; scheduled chores are not counted.
    completed: int
    #: The longest running first.
    running: tuple[RunningJob, ...]


class ActivityBoard:
    """Made in the main process before its pool forks; written by whoever runs jobs."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PLACES * _PLACE.size)
        self._main_pid = os.getpid()
        self._numbers = itertools.count()
        self._thread = threading.local()

    def begin(self, job: RunningJob) -> None:
        """The caller starts a job."""
        place = self._place()
        if place is not None:
            begun, completed, *_ = _PLACE.unpack_from(self._memory, place)
            self._write(place, job, begun=begun + 1, completed=completed)

    def end(self) -> None:
        """The caller's job has ended, well or not."""
        place = self._place()
        if place is None:
            return
        begun, completed, _, row_id, _ = _PLACE.unpack_from(self._memory, place)
        idle = RunningJob(name="", row_id="", started_at=0.0)
        self._write(place, idle, begun=begun, completed=completed + bool(row_id.strip(b"\0")))

    def read(self) -> Activity:
        """All places together."""
        places = list(_PLACE.iter_unpack(self._memory[:]))
        running = [
            RunningJob(name=_text(name), row_id=_text(row_id), started_at=started_at)
            for _, _, started_at, row_id, name in places
            if started_at
        ]
        return Activity(
            begun=sum(place[0] for place in places),
            completed=sum(place[1] for place in places),
            running=tuple(sorted(running, key=lambda job: job.started_at)),
        )

    def _write(self, place: int, job: RunningJob, *, begun: int, completed: int) -> None:
        row_id, name = job.row_id.encode(), job.name.encode()
        _PLACE.pack_into(self._memory, place, begun, completed, job.started_at, row_id, name)

    def _place(self) -> int | None:
        number = self._number()
        return number * _PLACE.size if number < PLACES else None

    def _number(self) -> int:
        if os.getpid() != self._main_pid:
            return int(getattr(current_process(), "index", PLACES))
        if not hasattr(self._thread, "number"):
            self._thread.number = next(self._numbers)
        return int(self._thread.number)


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode(errors="replace")
