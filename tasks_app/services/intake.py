"""Taking in a question: 202 means that it is stored, and that it will be worked on without the broker.

1. The same Idempotency-Key within its life is the same answer, or a refusal when the body differs.
2. The same question within an hour is the same task (see `acceptance`).
3. The row alone is enough: it is due at once, so the sweep finds it if the hint is lost.
4. The hint and the copy on the board leave after the commit, without anybody waiting for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from tasks_app import selectors, workflow
from tasks_app.models import IdempotencyKey
from tasks_app.pipeline.question import clean, fingerprint
from tasks_app.pipeline.states import State, Status
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import projection
from tasks_app.services.acceptance import Entry, try_accept
from tasks_app.services.errors import KeyReused, NotPossible, QueueFull
from tasks_app.services.gauge import QueueGauge

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


def submit(submission: Submission, ports: Ports) -> Receipt:
    """Store the question durably and return at once.

    Raises `QuestionError` for what cannot be a question, `KeyReused` and `QueueFull`.
    """
    now = ports.clock()
    entry = _entry(submission, now, ports.new_id())
    receipt = _accept_under_key(entry, submission) if submission.idempotency_key else _accept(entry)
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
    for _ in range(_LOOKS):
        if not is_full and try_accept(entry):
            return Receipt(task_id=entry.task_id, status=Status.QUEUED.value, is_new=True)
        if holder := selectors.question_holder(entry.fingerprint, now=entry.now):
            return _receipt(holder)
        if is_full:
            raise QueueFull(f"{settings.QUEUE_LIMIT} tasks are waiting; try again in a minute")
    raise NotPossible("the question is being taken back at this moment; send it again")


def _accept_under_key(entry: Entry, submission: Submission) -> Receipt:
    """As `_accept`, and the key is bound in the same transaction: both are stored or none."""
    now = entry.now
    if known := _known(submission, now):
        return known
    with transaction.atomic():
        receipt = _accept(entry)
        if _bind_key(submission, receipt.task_id, now):
            return receipt
        transaction.set_rollback(True)
    # Somebody else bound the key between our look and our attempt; their answer counts.
    if known := _known(submission, now):
        return known
    raise NotPossible("the Idempotency-Key is being taken back at this moment; send it again")


def _known(submission: Submission, now: datetime) -> Receipt | None:
    bound = (
        IdempotencyKey.objects.filter(key=submission.idempotency_key, expires_at__gt=now)
        .select_related("task")
        .first()
    )
    if bound is None:
        return None
    if bound.body_hash != submission.body_hash:
        raise KeyReused("this Idempotency-Key came with another body before; use a new key")
    return _receipt(bound.task)


def _bind_key(submission: Submission, task_id: UUID, now: datetime) -> bool:
    expires_at = now + settings.DUPLICATE_WINDOW
    columns = {"body_hash": submission.body_hash, "task_id": task_id, "expires_at": expires_at}
    expired = IdempotencyKey.objects.filter(key=submission.idempotency_key, expires_at__lte=now)
    if expired.update(**columns):
        return True
    row = IdempotencyKey(key=submission.idempotency_key, **columns)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    return IdempotencyKey.objects.filter(key=row.key, **columns).exists()


def _receipt(task: Task) -> Receipt:
    return Receipt(task_id=task.pk, status=task.status, is_new=False)
