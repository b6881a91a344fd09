"""Bringing spooled submissions into the database, once it is back: in order, each exactly once.

1. The sweep takes the oldest entries; each has a transaction of its own.
2. The row's id is the spooled id. Who finds it there, after a crash between 3 and 4, goes on to 4.
3. Everything is judged as of the moment of sending. A question or key that belongs to a task already makes
   the spooled id an alias of that task.
4. The entry is removed after the commit.

An entry that makes no sense, or that the database refuses, is set aside for a person, and does not block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError

from closedloop.ports.errors import Unavailable
from tasks_app import selectors, workflow
from tasks_app.models import Task, TaskAlias
from tasks_app.pipeline.states import State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import keys, projection
from tasks_app.services.acceptance import Entry, try_accept
from tasks_app.services.commit import commit_step
from tasks_app.services.errors import KeyReused, NotPossible
from tasks_app.services.keys import ClientKey

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.ports.spool import Spooled, SpoolItem
    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

#: Entries that one sweep replays: what one lease has time for.
BATCH = 200


def replay(ports: Ports) -> int:
    """Replay what waits, oldest first; returns how many were settled. Quiet when the spool is away."""
    settled = 0
    try:
        for item in ports.spool.oldest(BATCH):
            settled += _replay(item, ports)
    except Unavailable as error:
        log.warning("spool_unavailable", error=error.detail)
    return settled


def _replay(item: SpoolItem, ports: Ports) -> bool:
    spooled = item.spooled
    if spooled is None:
        return _set_aside(item, "it makes no sense", ports)
    try:
        _store(spooled, ports)
    except NotPossible as error:
        log.warning("replay_put_off", trace_id=str(spooled.task_id), error=error.detail)
        return False
    except (DataError, IntegrityError) as error:
        # Another replayer may have stored the same row at this very moment.
        if selectors.task_by_id(spooled.task_id) is None:
            return _set_aside(item, f"{type(error).__name__}: {error}", ports)
    ports.spool.remove(item)
    return True


def _set_aside(item: SpoolItem, reason: str, ports: Ports) -> bool:
    """An operator sees it in the log and at the spool."""
    ports.spool.set_aside(item)
    log.error("spool_entry_set_aside", reason=reason, entry=item.raw[:200].decode(errors="replace"))
    return True


def _store(spooled: Spooled, ports: Ports) -> None:
    entry = _entry(spooled, ports.clock())
    with commit_step("replay", ports) as mail:
        task, is_new = _settle(entry, spooled)
        if spooled.key:
            _bind(_key(spooled), task)
        if is_new:
            mail.hints.extend(workflow.resume_task(task.pk, State.QUEUED))
    if is_new:
        projection.publish_new(entry, ports)
    elif task.pk != spooled.task_id:
        projection.publish_alias(spooled.task_id, task, ports)
    log.info("submission_replayed", trace_id=str(task.pk), spooled_id=str(spooled.task_id), is_new=is_new)


def _settle(entry: Entry, spooled: Spooled) -> tuple[Task, bool]:
    """The task that this submission is, and whether it became it now."""
    if known := selectors.task_by_id(entry.task_id):
        return known, False
    holder = _bound(spooled) or _accepted(entry)
    if holder.pk == entry.task_id:
        return holder, True
    TaskAlias.objects.create(alias_id=entry.task_id, task=holder, created_at=entry.now)
    return holder, False


def _accepted(entry: Entry) -> Task:
    """The new task, or the one that held the question already."""
    if try_accept(entry):
        return Task.objects.get(pk=entry.task_id)
    if holder := selectors.question_holder(entry.fingerprint, now=entry.now):
        return holder
    raise NotPossible("the question is being taken back at this moment")


def _bound(spooled: Spooled) -> Task | None:
    """Whose key it is. One that names another body by now is ignored: this submission was accepted."""
    try:
        return keys.task_under(_key(spooled)) if spooled.key else None
    except KeyReused:
        log.warning("idempotency_key_dropped", trace_id=str(spooled.task_id))
        return None


def _bind(key: ClientKey, task: Task) -> None:
    if not keys.try_bind(key, task.pk):
        log.info("idempotency_key_bound_already", trace_id=str(task.pk))


def _key(spooled: Spooled) -> ClientKey:
    return ClientKey(name=spooled.key, body_hash=spooled.body_hash, at=spooled.at)


def _entry(spooled: Spooled, now: datetime) -> Entry:
    return Entry(
        task_id=spooled.task_id,
        question=spooled.question,
        fingerprint=spooled.fingerprint,
        actor=spooled.client,
        now=spooled.at,
        next_look_at=now,
        deadline_at=deadline_after(State.QUEUED, now),
        expires_at=spooled.at + settings.DUPLICATE_WINDOW,
    )
