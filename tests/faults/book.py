"""Where processes are to die, and where they died: files that every process of a run shares.

A point is armed by a file of its name. Whoever passes the point and removes the file first has taken it:
exactly one process dies, once, and it says so before.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Where processes find the book.
VARIABLE = "CRASH_BOOK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One process that died at a point."""

    point: str
    #: Name of the worker, or `web`.
    worker: str
    pid: int
    #: `time.time()`, in seconds
    at_s: float
    #: What it was working on, by the names that logs use.
    about: dict[str, Any]

    def __str__(self) -> str:
        about = " ".join(f"{name}={value}" for name, value in sorted(self.about.items()))
        return f"{self.at_s:.2f} {self.point} in {self.worker} ({self.pid}) {about}".rstrip()


class CrashBook:
    """The book in a directory."""

    def __init__(self, directory: Path) -> None:
        self._armed = directory / "armed"
        self._strikes = directory / "strikes.jsonl"
        self._armed.mkdir(parents=True, exist_ok=True)
        self._strikes.touch()

    def arm(self, points: Iterable[str]) -> None:
        """Let the next process that passes each of these points die there."""
        for point in points:
            (self._armed / point).touch()

    def armed(self) -> set[str]:
        """Points that nobody has passed since they were armed."""
        return {file.name for file in self._armed.iterdir()}

    def disarm(self) -> set[str]:
        """Let nobody die any more; returns the points that nobody has passed."""
        left = self.armed()
        return {point for point in left if self.try_take(point)}

    def try_take(self, point: str) -> bool:
        """Whether the point was armed and is ours now: one taker only."""
        try:
            (self._armed / point).unlink()
        except FileNotFoundError:
            return False
        return True

    def note(self, point: str, worker: str, about: dict[str, Any]) -> None:
        """Write down that this process is about to die; one short write, so lines do not mix."""
        line = {"point": point, "worker": worker, "pid": os.getpid(), "at_s": time.time(), "about": about}
        with self._strikes.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def strikes(self) -> list[Strike]:
        """Every death so far, in order."""
        lines = self._strikes.read_text(encoding="utf-8").splitlines()
        return [Strike(**json.loads(line)) for line in lines]
