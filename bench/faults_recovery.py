"""How soon a killed step is taken up again: the rows are watched, as an auditor would."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from bench.faults_schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.faults_killing import Killed

#: Every table whose rows are claimed, with its key.
_CLAIMED = {
    "agent_tasks": "task_id",
    "tasks_app_pullrequest": "id",
    "tasks_app_notification": "id",
    "rollback_app_release": "id",
    "rollback_app_rollback": "id",
}


_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A row whose holder was killed."""

    table: str
    key: str
    #: of the claim that was killed
    fence: int
    killed: Killed


class Recovery:
    """Follows the rows that killed processes held until somebody claims them, in a thread of its own."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._waiting: list[Orphan] = []
        #: Seconds from kill to next claim, with what was killed.
        self.times: list[tuple[float, Orphan]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def is_held(self, key: str) -> bool:
        """Whether somebody works on the row now."""
        return any(row["k"] == _hex(key) for _, row in self._held())

    def note(self, killed: Killed) -> None:
        """Remember what this one held; the dead change nothing any more."""
        if killed.fault is not Fault.REDIS:
            self._waiting += self._held_by(killed)

    def _run(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            for orphan in [one for one in self._waiting if self._fence(one) > one.fence]:
                self._waiting.remove(orphan)
                self.times.append((time.time() - orphan.killed.at_s, orphan))

    def unclaimed(self) -> list[Orphan]:
        """Rows that nobody has claimed yet."""
        return list(self._waiting)

    def _held_by(self, killed: Killed) -> Iterator[Orphan]:
        wanted = _hex(killed.about)
        for table, row in self._held():
            is_its_own = row["k"] == wanted if killed.fault is Fault.CHILD else _node(row) == killed.what
            if is_its_own:
                yield Orphan(table=table, key=row["k"], fence=row["fence"], killed=killed)

    def _held(self) -> Iterator[tuple[str, sqlite3.Row]]:
        for table, key in _CLAIMED.items():
            query = f"SELECT {key} AS k, fence, lease_owner FROM {table} WHERE lease_until IS NOT NULL"  # noqa: S608 - ours
            for row in self._read(query):
                yield table, row

    def _fence(self, orphan: Orphan) -> int:
        query = f"SELECT fence FROM {orphan.table} WHERE {_CLAIMED[orphan.table]} = ?"  # noqa: S608 - ours
        (row,) = self._read(query, orphan.key)
        return int(row["fence"])

    def _read(self, query: str, *values: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=20)) as base:
            base.row_factory = sqlite3.Row
            return base.execute(query, values).fetchall()


def _hex(text: str) -> str:
    try:
        return UUID(text).hex
    except ValueError:
        return text


def _node(row: sqlite3.Row) -> str:
    """The supervised process behind a Celery node name."""
    return "worker-" + str(row["lease_owner"]).partition("@")[0]
