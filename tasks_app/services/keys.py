"""Idempotency-Keys: a client's own name for a submission, good for as long as a question is one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app.models import IdempotencyKey
from tasks_app.services.errors import KeyReused

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tasks_app.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A key as it came with a submission."""

    name: str
    #: sha256 (hex) of what was sent, to tell a repetition from another submission under the same key.
    body_hash: str
    #: When it came.
    at: datetime


def task_under(key: ClientKey) -> Task | None:
    """The task that the key is bound to; raises `KeyReused` when that was for another body."""
    bound = IdempotencyKey.objects.filter(key=key.name, expires_at__gt=key.at).select_related("task").first()
    if bound is None:
        return None
    if bound.body_hash != key.body_hash:
        raise KeyReused("this Idempotency-Key came with another body before; use a new key")
    return bound.task


def try_bind(key: ClientKey, task_id: UUID) -> bool:
    """Bind the key to the task; False when somebody else was quicker. Binding it twice is once."""
    columns = {
        "body_hash": key.body_hash,
        "task_id": task_id,
        "expires_at": key.at + settings.DUPLICATE_WINDOW,
    }
    expired = IdempotencyKey.objects.filter(key=key.name, expires_at__lte=key.at)
    if expired.update(**columns):
        return True
    IdempotencyKey.objects.bulk_create([IdempotencyKey(key=key.name, **columns)], ignore_conflicts=True)
    return IdempotencyKey.objects.filter(key=key.name, **columns).exists()
