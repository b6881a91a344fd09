"""Which pool process is in the middle of which job: a file per process, for whoever wants to kill it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_init

#: Directory of the files; nothing is noted without it.
VARIABLE = "BENCH_BUSY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A process at work."""

    pid: int
    #: name of the job
    job: str
    #: its first argument, as text
    about: str


def listen() -> None:
    """Have the children of a pool note when their jobs begin and end; threads are not killed one by one."""
    worker_process_init.connect(_note_jobs, weak=False)


def _note_jobs(**_: object) -> None:
    task_prerun.connect(_begin, weak=False)
    task_postrun.connect(_end, weak=False)


def busy_in(directory: Path) -> list[Busy]:
    """Who is at work now, the longest first; files of the dead are taken away."""
    found = []
    for file in sorted(directory.glob("*[0-9]"), key=_age):
        if not Path(f"/proc/{file.name}").exists():
            file.unlink(missing_ok=True)
        elif note := _read(file):
            found.append(Busy(pid=int(file.name), **note))
    return found


def _begin(task: Any, args: Any = (), **_: object) -> None:
    note = {"job": task.name, "about": str(args[0]) if args else ""}
    draft = _file().with_suffix(".new")
    draft.write_text(json.dumps(note), encoding="utf-8")
    draft.replace(_file())


def _end(**_: object) -> None:
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return Path(os.environ[VARIABLE]) / str(os.getpid())


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _read(file: Path) -> dict[str, str]:
    try:
        note: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return note
