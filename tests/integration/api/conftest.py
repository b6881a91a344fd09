from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings

from closedloop import wiring
from closedloop.ports.spool import NullSpool
from tests.fakes.board import FakeBoard
from tests.fakes.courier import FakeCourier
from tests.integration.api.databases import default_database, fresh_database, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def world(clock: Clock, courier: FakeCourier, board: FakeBoard) -> Iterator[wiring.Ports]:
    ports = replace(
        wiring.ports(), clock=clock, courier=courier, board=board, spool=NullSpool(), worker="test"
    )
    with wiring.use(ports, everywhere=True):
        yield ports


@pytest.fixture(autouse=True)
def _static_root(settings, tmp_path) -> None:
    # Files are served by finders here; the middleware warns about a folder that only a deployment makes.
    # A folder of its own: a database beside it comes and goes while the middleware reads.
    (tmp_path / "static").mkdir()
    settings.STATIC_ROOT = str(tmp_path / "static")


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql_server(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture(params=["sqlite file", "postgresql"])
def real_database(request, tmp_path, django_db_blocker) -> Iterator[str]:
    """A database that many threads can reach at once; the default one of tests lives in memory."""
    with django_db_blocker.unblock():
        if request.param == "postgresql":
            with fresh_database(request.getfixturevalue("postgresql_url"), connect_timeout=5):
                yield request.param
        else:
            options = django_settings.DATABASES["default"]["OPTIONS"]
            with fresh_database(f"sqlite:///{tmp_path / 'tasks.sqlite3'}", **options):
                yield request.param


@pytest.fixture
def database_away(django_db_blocker) -> Iterator[None]:
    """Nobody listens at the discard port."""
    with (
        django_db_blocker.unblock(),
        default_database("postgresql://nobody@127.0.0.1:9/nothing", connect_timeout=1),
    ):
        yield
