"""Accepting a question: at most one task per question and hour, whatever arrives at once.

The question's key decides. It is taken by one conditional upsert: free, expired, or held by a task
that came to nothing → it is ours and the task is written with it; else nothing is written.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import AutoField

from tasks_app.models import QuestionKey, Task, TaskEvent
from tasks_app.pipeline.states import HOLDS_QUESTION, State

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

_KEYS = QuestionKey._meta.db_table  # noqa: SLF001 - `_meta` is documented API
_TASKS = Task._meta.db_table  # noqa: SLF001
_EVENTS = TaskEvent._meta.db_table  # noqa: SLF001
_RELEASED = ", ".join(f"'{state}'" for state in sorted(frozenset(State) - HOLDS_QUESTION))

#: Two questions at once: the second waits for the first and then judges the row as it left it.
_HOLD = f"""
    INSERT INTO {_KEYS} (hash, task_id, expires_at) VALUES (%(key_hash)s, %(key_task_id)s, %(key_expires_at)s)
    ON CONFLICT (hash) DO UPDATE SET task_id = EXCLUDED.task_id, expires_at = EXCLUDED.expires_at
    WHERE {_KEYS}.expires_at <= %(now)s
       OR {_KEYS}.task_id IN (SELECT task_id FROM {_TASKS} WHERE state IN ({_RELEASED}))
    RETURNING task_id
"""  # noqa: S608 - names of our own tables and states


def try_accept(task: Task, *, actor: str, now: datetime) -> bool:
    """Write the task, its first event and its question's key; False when another task holds the question."""
    key = QuestionKey(hash=task.fingerprint, task=task, expires_at=now + settings.DUPLICATE_WINDOW)
    event = TaskEvent(task=task, at=now, event="submit", to_state=task.state, actor=actor)
    if connection.vendor == "postgresql":
        return _accept_at_once(task, key, event, now)
    return _accept_in_turn(task, key, event, now)


def _accept_at_once(task: Task, key: QuestionKey, event: TaskEvent, now: datetime) -> bool:
    """One statement, hence one round trip and no transaction to open: measured in bench/submit.py."""
    values = {**_values("key", key), **_values("task", task), **_values("event", event), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_statement(), values)
        return cursor.fetchone() is not None


def _accept_in_turn(task: Task, key: QuestionKey, event: TaskEvent, now: datetime) -> bool:
    """The same in a transaction, for databases that cannot insert from within a WITH."""
    values = {**_values("key", key), "now": now}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, values)
            if cursor.fetchone() is None:
                return False
        task.save(force_insert=True)
        event.save(force_insert=True)
    return True


@cache
def _statement() -> str:
    return f"""
        WITH held AS ({_HOLD}),
             task AS (INSERT INTO {_TASKS} {_row("task", Task)} FROM held),
             event AS (INSERT INTO {_EVENTS} {_row("event", TaskEvent)} FROM held)
        SELECT task_id FROM held
    """  # noqa: S608 - names of our own tables and columns


def _row(prefix: str, model: type[Model]) -> str:
    columns = [field.column for field in _fields(model)]
    values = ", ".join(f"%({prefix}_{column})s" for column in columns)
    return f"({', '.join(columns)}) SELECT {values}"


def _values(prefix: str, row: Model) -> dict[str, Any]:
    return {
        f"{prefix}_{field.column}": field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in _fields(type(row))
    }


@cache
def _fields(model: type[Model]) -> tuple[Any, ...]:
    """Every column but an automatic primary key."""
    fields = model._meta.concrete_fields  # noqa: SLF001
    return tuple(field for field in fields if not isinstance(field, AutoField))
