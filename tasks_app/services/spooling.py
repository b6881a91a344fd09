"""Where a submission waits while the database is away: durably, in order, once per question and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import Unavailable
from closedloop.ports.spool import Finding, SpoolAnswer, Spooled
from tasks_app.services.errors import KeyReused, QueueFull, StoresAway
from tasks_app.services.outage import writes

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.services.acceptance import Entry
    from tasks_app.services.keys import ClientKey
    from tasks_app.services.outage import DatabaseAway

log = structlog.get_logger(__name__)


def keep(entry: Entry, key: ClientKey | None, ports: Ports, *, because: DatabaseAway) -> UUID:
    """Let the submission wait; the id is another's when its question or key waits already.

    Raises `KeyReused`, `QueueFull`, and `StoresAway` when the spool is away or could lose it.
    """
    try:
        answer = ports.spool.keep(_spooled(entry, key), at_most=settings.QUEUE_LIMIT)
    except Unavailable as error:
        log.warning("spool_unavailable", error=error.detail)
        detail = f"The database is away ({because}), and so is what stands in for it; send the same again."
        raise StoresAway(detail) from error
    writes.was_noted = True
    task_id = _task_of(answer)
    if task_id is None:
        raise QueueFull(f"{settings.QUEUE_LIMIT} questions wait for the database; try again in a minute")
    log.info("submission_spooled", trace_id=str(task_id), is_new=answer.finding is Finding.NEW)
    return task_id


def task_waiting(entry: Entry, key: ClientKey | None, ports: Ports) -> UUID | None:
    """The id under which the question or key still waits to be replayed.

    Asked only by a process that found the database away, until it has seen the spool empty: in between, the
    same question must not get a second id. Raises `KeyReused`.
    """
    if not writes.was_noted:
        return None
    try:
        answer = ports.spool.find(_spooled(entry, key))
        if answer.finding is Finding.KNOWN and key:
            # It may be a new key for a question that waits: bound like the others, in its turn.
            answer = ports.spool.keep(_spooled(entry, key), at_most=settings.QUEUE_LIMIT)
    except Unavailable:
        return None
    if answer.finding is Finding.EMPTY:
        writes.was_noted = False
    return _task_of(answer)


def _task_of(answer: SpoolAnswer) -> UUID | None:
    if answer.finding is Finding.REUSED:
        raise KeyReused("this Idempotency-Key came with another body before; use a new key")
    return answer.task_id


def _spooled(entry: Entry, key: ClientKey | None) -> Spooled:
    return Spooled(
        task_id=entry.task_id,
        question=entry.question,
        fingerprint=entry.fingerprint,
        client=entry.actor,
        at=entry.now,
        key=key.name if key else "",
        body_hash=key.body_hash if key else "",
    )
