"""A glance at several kinds of rows at once: the sweep finds nothing in most of them, each second."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from datetime import datetime

    from tasks_app.models import Claimable

Kinds = tuple["type[Claimable]", ...]


def kinds_due(column: str, kinds: Kinds, *, now: datetime) -> set[type[Claimable]]:
    """Of which kinds any row's time in `column` has come; whether the row is wanted is for its query to say.

    One statement, written out: building a query for each kind would cost more than asking them.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_statement(column, kinds), [moment] * len(kinds))
        return {kinds[place] for (place,) in cursor.fetchall()}


@cache
def _statement(column: str, kinds: Kinds) -> str:
    """The partial indexes on these columns answer it."""
    return " UNION ALL ".join(
        f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {kind._meta.db_table} WHERE {column} <= %s)"  # noqa: S608, SLF001 - names of our own
        for place, kind in enumerate(kinds)
    )
