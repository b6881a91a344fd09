from __future__ import annotations

import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connections
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bench.outages_postgres import PostgresServer, postgres_server
from closedloop import wiring
from closedloop.adapters.redis_spool import RedisSpool
from closedloop.databases import hasten
from tasks_app.services.outage import reads, writes
from tests.fakes.board import FakeBoard
from tests.fakes.courier import FakeCourier
from tests.integration.api.databases import default_database
from tests.integration.stores.servers import RedisServer, redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _plain_place(settings, tmp_path) -> None:
    settings.SUBMIT_LIMIT_PER_MINUTE = 0
    # Not beside the databases: their files come and go while it is read.
    settings.STATIC_ROOT = str(tmp_path / "static")
    (tmp_path / "static").mkdir()


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def world(redis, board) -> Iterator[wiring.Ports]:
    """A real spool; hints and copies in memory."""
    redis.client.flushall()
    client = Redis.from_url(redis.url, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
    spool = RedisSpool(client, is_promised=False)
    ports = replace(wiring.ports(), courier=FakeCourier(), board=board, spool=spool, worker="test")
    with wiring.use(ports, everywhere=True):
        yield ports
    client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The `default` database as a web process has it, and ways to take it away."""

    kind: str
    #: By name of what happens to it: `(away, back)`.
    troubles: dict[str, tuple[Callable[[], object], Callable[[], object]]]


@contextmanager
def web_database(url: str) -> Iterator[None]:
    """Let `default` lead there, with a web process's patience."""
    before, kept = connections.settings["default"], connections["default"]
    entry = {**before, "OPTIONS": {}, **dj_database_url.parse(url)}
    if url.startswith("sqlite"):
        entry["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
    hasten(entry, 0.6)
    connections.settings["default"] = entry
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = kept


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory, django_db_blocker) -> Path:
    """A file with the product's tables, to be copied."""
    path: Path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite3"
    with django_db_blocker.unblock(), web_database(f"sqlite:///{path}"):
        call_command("migrate", verbosity=0)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(django_db_blocker) -> Iterator[PostgresServer]:
    with postgres_server() as server:
        with django_db_blocker.unblock(), default_database(server.url):
            call_command("migrate", verbosity=0)
        yield server


@pytest.fixture
def locked_sqlite(tmp_path: Path, empty_sqlite, django_db_blocker) -> Iterator[Database]:
    path = shutil.copy(empty_sqlite, tmp_path)
    with django_db_blocker.unblock(), web_database(f"sqlite:///{path}"):
        holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        lock = (lambda: holder.execute("BEGIN EXCLUSIVE"), lambda: holder.execute("ROLLBACK"))
        yield Database(kind="sqlite", troubles={"locked": lock})
        holder.close()


@pytest.fixture
def postgresql(migrated_postgres, django_db_blocker) -> Iterator[Database]:
    server = migrated_postgres
    with django_db_blocker.unblock():
        with default_database(server.url):
            call_command("flush", verbosity=0, interactive=False)
        with web_database(server.url):
            troubles = {
                "stopped": (server.stop, server.start),
                "frozen": (server.freeze, server.thaw),
                "read-only": (server.take_no_writes, server.take_writes),
            }
            yield Database(kind="postgresql", troubles=troubles)


@pytest.fixture(params=["sqlite locked", "postgresql stopped", "postgresql frozen"])
def outage(request, world) -> Iterator[Outage]:
    """A database with something that can happen to it; whole again afterwards."""
    kind, _, name = request.param.partition(" ")
    database = request.getfixturevalue("locked_sqlite" if kind == "sqlite" else "postgresql")
    found = Outage(*database.troubles[name])
    yield found
    found.end()


class Outage:
    """Begins and ends once."""

    def __init__(self, away: Callable[[], object], back: Callable[[], object]) -> None:
        self._away, self._back, self._is_on = away, back, False

    def begin(self) -> None:
        """Take the database away."""
        self._away()
        self._is_on = True

    def end(self) -> None:
        """Give it back; the process looks again at once."""
        if self._is_on:
            self._back()
            self._is_on = False
        # What the end of a request does in a server.
        connections["default"].close()
        writes._until_s = reads._until_s = 0.0
