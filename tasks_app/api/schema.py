"""The shapes of requests and answers, as the OpenAPI description shows them."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from tasks_app.pipeline.question import MAX_LENGTH
from tasks_app.pipeline.states import Status

_ABOUT = {
    400: "The request is malformed.",
    401: "No valid token or session.",
    403: "Not allowed, or the CSRF token is missing.",
    404: "There is no such task.",
    409: "Not possible in the task's present state.",
    413: "The body is too large.",
    415: "Send application/json.",
    422: "The Idempotency-Key was used with another body.",
    429: "Too many questions; `Retry-After` says when.",
    503: "The queue is full or a store is away; `Retry-After` says when.",
}


class ProblemSerializer(serializers.Serializer[dict[str, object]]):
    """An error, as RFC 9457 has it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable word to act on.")
    detail = serializers.CharField(help_text="What to do about it.")
    trace_id = serializers.CharField(help_text="Finds the log lines of this request or task.")


class QuestionSerializer(serializers.Serializer[dict[str, object]]):
    """A question to be answered in the FAQ."""

    question = serializers.CharField(max_length=MAX_LENGTH)


class ReceiptSerializer(serializers.Serializer[dict[str, object]]):
    """What was stored, or is already there."""

    task_id = serializers.UUIDField()
    trace_id = serializers.UUIDField(help_text="Equal to task_id: one id finds everything.")
    status = serializers.ChoiceField([status.value for status in Status])
    status_url = serializers.URLField()


class ReasonSerializer(serializers.Serializer[dict[str, object]]):
    """Why an operator acts; it is kept with the act."""

    reason = serializers.CharField(max_length=500)


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The problem documents that an address may answer with."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, _ABOUT[status])
        for status in statuses
    }
