"""Taking in a question: 202 means that it is stored, and that it will be worked on without the broker.

1. The same Idempotency-Key within its life is the same answer, or a refusal when the body differs.
2. The same question within an hour is the same task (see `acceptance`).
3. The row alone is enough: it is due at once, so the sweep finds it if the hint is lost.
4. The hint and the copy on the board leave after the commit, without anybody waiting for them.
5. While the database is away the submission waits in the spool (see `spooling`, `replay`); when that is
   away too, or would not keep it safely, it is refused whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from tasks_app import selectors, workflow
from tasks_app.pipeline.question import clean, fingerprint
from tasks_app.pipeline.states import State, Status
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import backpressure, keys, outlook, projection, spooling
from tasks_app.services.acceptance import Entry, try_accept
from tasks_app.services.errors import NotPossible
from tasks_app.services.gauge import QueueGauge
from tasks_app.services.keys import ClientKey
from tasks_app.services.outage import DatabaseAway, writes

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.models import Task

gauge = QueueGauge(selectors.queue_length)

#: A key that vanishes between our two looks at it (retention) is looked for again this often.
_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A question as somebody sent it."""

    question: str
    #: Who asks: an address, `cli`, or a user name; becomes the actor of the first event.
    client: str
    #: The client's own name for this submission; empty when it gave none.
    idempotency_key: str = ""
    #: sha256 (hex) of what was sent, to tell a repetition from another submission under the same key.
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was stored, or is already there."""

    #: Also the trace id.
    task_id: UUID
    #: The public status.
    status: str
    is_new: bool
    #: When it is expected to be done; None when nobody can tell.
    eta: datetime | None = None
    #: Whether it waits for the database.
    is_spooled: bool = False


def submit(submission: Submission, ports: Ports) -> Receipt:
    """Store the question durably and return at once.

    Raises `QuestionError` for what cannot be a question, `KeyReused`, `QueueFull` and `StoresAway`.
    """
    entry = _entry(submission, ports.clock(), ports.new_id())
    name, body_hash = submission.idempotency_key, submission.body_hash
    key = ClientKey(name=name, body_hash=body_hash, at=entry.now) if name else None
    if waiting := spooling.task_waiting(entry, key, ports):
        return _spooled(waiting, is_new=False)
    try:
        receipt = writes.ask(partial(_accept_under_key, entry, key) if key else partial(_accept, entry))
    except DatabaseAway as away:
        task_id = spooling.keep(entry, key, ports, because=away)
        return _spooled(task_id, is_new=task_id == entry.task_id)
    if receipt.is_new:
        ports.courier.send(workflow.resume_task(entry.task_id, State.QUEUED))
        projection.publish_new(entry, ports)
    return receipt


def _entry(submission: Submission, now: datetime, task_id: UUID) -> Entry:
    question = clean(submission.question)
    return Entry(
        task_id=task_id,
        question=question,
        fingerprint=fingerprint(question),
        actor=submission.client,
        now=now,
        next_look_at=now,
        deadline_at=deadline_after(State.QUEUED, now),
        expires_at=now + settings.DUPLICATE_WINDOW,
    )


def _accept(entry: Entry) -> Receipt:
    is_full = gauge.is_at_least(settings.QUEUE_LIMIT, entry.now)
    entry = replace(entry, promised_at=outlook.eta_of_new(now=entry.now))
    for _ in range(_LOOKS):
        if not is_full and try_accept(entry):
            eta = entry.promised_at
            return Receipt(task_id=entry.task_id, status=Status.QUEUED.value, is_new=True, eta=eta)
        if holder := selectors.question_holder(entry.fingerprint, now=entry.now):
            return _receipt(holder, entry.now)
        if is_full:
            raise backpressure.queue_full(entry.now)
    raise NotPossible("the question is being taken back at this moment; send it again")


def _accept_under_key(entry: Entry, key: ClientKey) -> Receipt:
    """As `_accept`, and the key is bound in the same transaction: both are stored or none."""
    if known := keys.task_under(key):
        return _receipt(known, key.at)
    with transaction.atomic():
        receipt = _accept(entry)
        if keys.try_bind(key, receipt.task_id):
            return receipt
        transaction.set_rollback(True)
    # Somebody else bound the key between our look and our attempt; their answer counts.
    if known := keys.task_under(key):
        return _receipt(known, key.at)
    raise NotPossible("the Idempotency-Key is being taken back at this moment; send it again")


def _receipt(task: Task, now: datetime) -> Receipt:
    """Who asks again is told the same, until it is no longer true."""
    eta, promised = outlook.eta_of(task, now=now), task.promised_at
    if eta and promised and promised > now:
        eta = promised
    return Receipt(task_id=task.pk, status=task.status, is_new=False, eta=eta)


def _spooled(task_id: UUID, *, is_new: bool) -> Receipt:
    return Receipt(task_id=task_id, status=Status.QUEUED.value, is_new=is_new, is_spooled=True)
