"""Stores that can be stopped, frozen, killed and started again where they were."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from scripts.local.places import RUN_REQUIREMENTS
from scripts.local.ports import free_port
from scripts.local.redis_binary import find_redis
from tests.integration.metrics.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


#: What a spool needs.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")


class RedisServer:
    """A Redis on a port and in a directory of its own."""

    def __init__(self, directory: Path, options: Sequence[str] = DURABLE) -> None:
        self.port = free_port()
        self._command = [
            str(find_redis(RUN_REQUIREMENTS)), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--dir", str(directory), *options,
        ]  # fmt: skip
        self.client = Redis(
            port=self.port, socket_timeout=0.3, socket_connect_timeout=0.3, retry=Retry(NoBackoff(), 0)
        )

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and return when it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until(self.answers, what="redis answers")

    def answers(self) -> bool:
        """Whether it answers and has read its file."""
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """It takes connections and says nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self._process.pid, signal.SIGCONT)


@contextmanager
def redis_server(directory: Path, options: Sequence[str] = DURABLE) -> Iterator[RedisServer]:
    """One that runs, gone afterwards."""
    server = RedisServer(directory, options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.client.close()
