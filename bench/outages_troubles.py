"""What can happen to a store of a running stack, and how it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.outages_postgres import PostgresServer
    from scripts.local.stack import Stack


@contextmanager
def killed(stack: Stack, *names: str) -> Iterator[None]:
    """`kill -9`; the supervisor starts them again when it is ticked, which nobody does meanwhile."""
    for name in names:
        os.kill(stack.supervisor.pids()[name], signal.SIGKILL)
    yield


@contextmanager
def frozen(stack: Stack, *names: str) -> Iterator[None]:
    """They take connections and say nothing."""
    pids = [stack.supervisor.pids()[name] for name in names]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds SQLite's lock."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    """An operator restarts PostgreSQL, slowly."""
    server.stop()
    try:
        yield
    finally:
        server.start()
