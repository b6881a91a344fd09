"""What the model said, kept for a day: the same request is not paid for twice. Losing it costs only money."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from tasks_app.models import CachedAnswer
from tasks_app.pipeline.prompt import PROMPT_VERSION
from tasks_app.pipeline.states import State

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.llm import ChatReply, ChatRequest

#: What was said for tasks that ended like this did not serve: the model may find something better.
_DID_NOT_SERVE = (State.FAILED, State.DECLINED, State.ROLLING_BACK, State.ROLLED_BACK)


def recall(request: ChatRequest, *, now: datetime) -> CachedAnswer | None:
    """What the model said to this request before; None when it did not, or not lately."""
    fresh = CachedAnswer.objects.filter(pk=_key(request), expires_at__gt=now)
    found = fresh.exclude(task__state__in=_DID_NOT_SERVE).first()
    if found is not None:
        fresh.update(hits=F("hits") + 1)
    return found


def keep(request: ChatRequest, reply: ChatReply, task_id: UUID, *, now: datetime) -> None:
    """Remember an accepted reply to this request."""
    if not settings.ANSWER_CACHE:
        return
    said = {"task_id": task_id, "model": reply.model, "reply": reply.content}
    CachedAnswer.objects.update_or_create(
        key=_key(request), defaults={**said, "expires_at": now + settings.ANSWER_CACHE}
    )


def forget_old_answers(now: datetime) -> None:
    """Delete what is not used any more."""
    CachedAnswer.objects.filter(expires_at__lte=now).delete()


def _key(request: ChatRequest) -> str:
    """Everything that the reply depends on, but not for whom it is asked."""
    asked = {
        "server": settings.OPENAI_BASE_URL,
        "model": settings.OPENAI_MODEL,
        "prompt": PROMPT_VERSION,
        "messages": [dict(message) for message in request.messages],
        "limits": [request.max_tokens, request.temperature],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
