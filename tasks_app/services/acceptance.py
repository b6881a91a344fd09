"""Accepting a question: at most one task per question and hour, whatever arrives at once.

The question's key decides. It is taken by one conditional upsert: free, expired, or held by a task
that came to nothing → it is ours and the task is written with it; else nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import AutoField
from psycopg import Cursor

from tasks_app.models import QuestionKey, Task, TaskEvent
from tasks_app.pipeline.states import HOLDS_QUESTION, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model

_KEYS = QuestionKey._meta.db_table  # noqa: SLF001 - `_meta` is documented API
_TASKS = Task._meta.db_table  # noqa: SLF001
_RELEASED = ", ".join(f"'{state}'" for state in sorted(frozenset(State) - HOLDS_QUESTION))

#: Two questions at once: the second waits for the first and then judges the row as it left it.
_HOLD = f"""
    INSERT INTO {_KEYS} (hash, task_id, expires_at) VALUES (%(fingerprint)s, %(task_id)s, %(expires_at)s)
    ON CONFLICT (hash) DO UPDATE SET task_id = EXCLUDED.task_id, expires_at = EXCLUDED.expires_at
    WHERE {_KEYS}.expires_at <= %(now)s
       OR {_KEYS}.task_id IN (SELECT task_id FROM {_TASKS} WHERE state IN ({_RELEASED}))
    RETURNING task_id
"""  # noqa: S608 - names of our own tables and states

#: Which value goes into which column; every other column takes the model's default.
_TASK_COLUMNS = {
    "task_id": "task_id",
    "trace_id": "task_id",
    "question": "question",
    "fingerprint": "fingerprint",
    "created_at": "now",
    "entered_at": "now",
    "updated_at": "now",
    "next_look_at": "next_look_at",
    "deadline_at": "deadline_at",
    "promised_at": "promised_at",
}
_EVENT_COLUMNS = {"task_id": "task_id", "at": "now", "event": "event", "to_state": "state", "actor": "actor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question about to become a task."""

    task_id: UUID
    #: Cleaned.
    question: str
    fingerprint: str
    #: Who asked.
    actor: str
    now: datetime
    #: When the sweep looks if nobody did.
    next_look_at: datetime
    deadline_at: datetime | None
    #: Until when the question is this task.
    expires_at: datetime
    #: When it is expected to be done, as far as one can tell.
    promised_at: datetime | None = None
    event: str = "submit"
    state: str = State.QUEUED.value


_VALUES = tuple(field.name for field in fields(Entry))
#: How values that are not plain text are written where the driver does not know their types.
_WRITTEN_AS: dict[str, Any] = {
    **{name: Task._meta.get_field(column) for column, name in _TASK_COLUMNS.items()},  # noqa: SLF001
    "expires_at": QuestionKey._meta.get_field("expires_at"),  # noqa: SLF001
}


def try_accept(entry: Entry) -> bool:
    """Write the task, its first event and its question's key; False when another task holds the question."""
    values = {name: getattr(entry, name) for name in _VALUES}
    if connection.vendor == "postgresql":
        return _accept_at_once(values)
    return _accept_in_turn(values)


def hold_again(task: Task, now: datetime) -> UUID | None:
    """Let a task that goes on hold its question for the rest of its time, inside the caller's transaction.

    Returns the task that holds it meanwhile: then this one must not go on.
    """
    key = QuestionKey.objects.select_for_update().filter(hash=task.fingerprint).first()
    if key is None:
        return None
    # Read once the key is ours: whoever asks the same now waits for us.
    holder = Task.objects.get(pk=key.task_id)
    if key.expires_at > now and holder.pk != task.pk and State(holder.state) in HOLDS_QUESTION:
        return holder.pk
    until = task.created_at + settings.DUPLICATE_WINDOW
    if until > now:
        QuestionKey.objects.filter(pk=key.pk).update(task=task, expires_at=until)
    return None


def _accept_at_once(values: dict[str, Any]) -> bool:
    """One statement, hence one round trip and no transaction to open; `bench/submit.py` measures it.

    The driver's own cursor sends the values beside the statement, where Django's writes them into it at
    a third more CPU. It goes through the same connection, transaction and translation of errors.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(_whole_statement(connection.vendor), values)
        return cursor.fetchone() is not None


def _accept_in_turn(values: dict[str, Any]) -> bool:
    """The same in a transaction, for databases that cannot insert from within a WITH."""
    values |= {name: field.get_db_prep_save(values[name], connection) for name, field in _WRITTEN_AS.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        if cursor.fetchone() is None:
            return False
        for insertion in _insertions(connection.vendor):
            cursor.execute(insertion, values)
    return True


@cache
def _whole_statement(vendor: str) -> str:
    task, event = _insertions(vendor)
    return f"""
        WITH held AS ({_HOLD}),
             task AS ({task} FROM held),
             event AS ({event} FROM held)
        SELECT task_id FROM held
    """  # noqa: S608 - names of our own tables and columns


@cache
def _insertions(_vendor: str) -> tuple[str, str]:
    """Kept by kind of database, because each writes constants its own way."""
    return _insertion(Task, _TASK_COLUMNS), _insertion(TaskEvent, _EVENT_COLUMNS)


def _insertion(model: type[Model], names: Mapping[str, str]) -> str:
    """Few parameters keep psycopg's parsed copy of the statement in its cache; defaults are constants."""
    written: list[Any] = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]  # noqa: SLF001
    columns = ", ".join(field.column for field in written)
    values = ", ".join(
        f"%({names[field.column]})s" if field.column in names else _constant(field) for field in written
    )
    table = model._meta.db_table  # noqa: SLF001
    return f"INSERT INTO {table} ({columns}) SELECT {values}"


def _constant(field: Any) -> str:
    value = field.get_db_prep_save(field.get_default(), connection)
    editor: Any = connection.schema_editor()
    constant: str = str(editor.quote_value(value))
    return constant.replace("%", "%%")
