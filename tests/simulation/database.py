"""The database of a simulated world: SQLite in memory, migrated once, emptied for every run."""

from __future__ import annotations

import logging
import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from closedloop.celery import app

_APPS = ("tasks_app", "rollback_app", "metrics_app")


def prepare() -> None:
    """Set this process up; for processes that pytest has not set up."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "closedloop.settings", "DATABASE_URL": "sqlite://:memory:"}
    django.setup()
    call_command("migrate", verbosity=0)
    connection.ops.compiler_module = "tests.simulation.compilers"
    connection.ops.__dict__["_cache"] = None  # the module that was taken for the migrations
    app.loader.import_default_modules()
    # A run has hundreds of lines; what it needs to be understood is in its own log.
    logging.disable(logging.CRITICAL)


def empty() -> None:
    """Delete every row, and start numbers at 1 again: a run may not depend on the one before."""
    models = [
        model for name in _APPS for model in apps.get_app_config(name).get_models(include_auto_created=True)
    ]
    statements = [f'DELETE FROM "{model._meta.db_table}"' for model in models]  # noqa: S608 - our own tables
    statements = [
        "PRAGMA foreign_keys=OFF",
        *statements,
        "DELETE FROM sqlite_sequence",
        "PRAGMA foreign_keys=ON",
    ]
    connection.ensure_connection()
    connection.connection.executescript(";".join(statements))
