"""A database engine for web processes: Django's own, with connections that give up."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
from django.db.backends.postgresql import base

from closedloop.adapters.hasty_postgresql.connection import connect


class DatabaseWrapper(base.DatabaseWrapper):
    """Django asks this attribute for the driver's `connect` and its classes of errors."""

    Database = SimpleNamespace(**{**vars(psycopg), "connect": connect})  # type: ignore[assignment] # no module
