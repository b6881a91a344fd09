"""What every API of the product shares: how bodies are read, how errors are described."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission

from closedloop.body_limit import DRAIN_LIMIT, limit_of
from closedloop.problems import BodyTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request
    from rest_framework.views import APIView

_ABOUT = {
    400: "The request is malformed.",
    401: "No valid token or session.",
    403: "Not allowed, or the CSRF token is missing.",
    404: "There is no such task.",
    409: "Not possible in the task's present state.",
    411: "Send a Content-Length.",
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
    retry_after_s = serializers.IntegerField(
        required=False, help_text="Seconds until a full queue is expected to have room, as `Retry-After`."
    )
    waiting = serializers.IntegerField(required=False, help_text="Tasks in a full queue that nobody began.")


class ReasonSerializer(serializers.Serializer[dict[str, object]]):
    """Why an operator acts; it is kept with the act."""

    reason = serializers.CharField(max_length=500)


class MayAct(BasePermission):
    """Asks for the permission that a view names as `required_permission`."""

    message = "Your user lacks the permission for this; an administrator can grant it."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the user is signed in and was granted the act."""
        permission: str = view.required_permission  # type: ignore[attr-defined] # named by views that use this
        return bool(request.user and request.user.is_authenticated and request.user.has_perm(permission))


class BoundedJSONParser(BaseParser):
    """JSON as RFC 8259 has it; refuses large bodies before reading them.

    DRF's own parser reads the stream directly, past Django's limit, and lets a deeply nested
    document end in a RecursionError.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the base class's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded document. Raises ParseError (400) and BodyTooLarge (413)."""
        request = (parser_context or {})["request"]
        limit, announced = limit_of(request.path), int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > limit:
            _drain(stream, announced)
            raise BodyTooLarge
        body = stream.read(announced)
        try:
            return json.loads(body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from error


def _drain(stream: IO[bytes], announced: int) -> None:
    """Throw the body away piece by piece, if it is not too much: only then do most clients read an answer."""
    if announced <= DRAIN_LIMIT:
        while stream.read(64 * 1024):
            pass


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The problem documents that an address may answer with."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, _ABOUT[status])
        for status in statuses
    }
