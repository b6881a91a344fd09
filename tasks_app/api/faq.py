"""`POST /api/agent/faq`: the public door for questions.

This is the hottest address: no authentication, no serializer, no renderer stand between the JSON and
the one statement that stores it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import structlog
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from closedloop.problems import Problem
from closedloop.rest import BoundedJSONParser, problems
from closedloop.wiring import ports
from tasks_app.api.negotiation import JSONOnly
from tasks_app.api.schema import QuestionSerializer, ReceiptSerializer, in_words
from tasks_app.api.throttles import SubmitThrottle, client_of
from tasks_app.pipeline.question import QuestionError
from tasks_app.services.errors import KeyReused, NotPossible, QueueFull, StoresAway
from tasks_app.services.intake import Receipt, Submission, submit

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

#: What RFC 9110 lets a header hold, short enough for its column.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: While questions wait for the database nobody can tell how fast they will leave.
_QUEUE_RETRY_S = 60
_AWAY_RETRY_S = 5
#: What the actor's column takes.
_ACTOR_LENGTH = 150


class AskView(APIView):
    """Ask for a FAQ answer."""

    authentication_classes = []
    permission_classes = []
    parser_classes = [BoundedJSONParser]
    throttle_classes = [SubmitThrottle]
    content_negotiation_class = JSONOnly

    def perform_authentication(self, request: Request) -> None:
        """Nobody is asked who they are."""

    @extend_schema(
        operation_id="ask",
        summary="Ask for a FAQ answer",
        description=(
            "The same question within an hour is the same task. 202 means that it is stored durably; while "
            "the database is away in a spool, from which it is replayed (`stored: spool`)."
        ),
        request=QuestionSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER, description="Your own name for this request."
            )
        ],
        responses={202: ReceiptSerializer, **problems(400, 409, 411, 413, 415, 422, 429, 503)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Store a question."""
        plain = request._request  # noqa: SLF001 - DRF's proxy costs 10 µs an attribute
        receipt = _submit(_submission(request.data, plain))
        trace_id = str(receipt.task_id)
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        status_url = f"{plain.scheme}://{plain.get_host()}/api/agent/tasks/{trace_id}"
        fields = {
            "task_id": trace_id,
            "trace_id": trace_id,
            "status": receipt.status,
            "status_url": status_url,
            "eta": in_words(receipt.eta),
        }
        if receipt.is_spooled:
            fields["stored"] = "spool"
        headers = {"Location": status_url}
        return HttpResponse(json.dumps(fields), status=202, content_type="application/json", headers=headers)


def _submit(submission: Submission) -> Receipt:
    try:
        return submit(submission, ports())
    except QuestionError as error:
        raise Problem(400, f"question_{error.code}", str(error)) from error
    except KeyReused as error:
        raise Problem(422, error.code, error.detail) from error
    except QueueFull as error:
        raise _full(error) from error
    except StoresAway as error:
        raise Problem(503, error.code, error.detail, retry_after_s=_AWAY_RETRY_S) from error
    except NotPossible as error:
        raise Problem(409, error.code, error.detail) from error


def _full(error: QueueFull) -> Problem:
    if error.retry_after_s is None:
        return Problem(503, error.code, error.detail, retry_after_s=_QUEUE_RETRY_S)
    refusal = Problem(503, error.code, error.detail, retry_after_s=error.retry_after_s)
    refusal.members |= {"retry_after_s": error.retry_after_s, "waiting": error.waiting}
    return refusal


def _submission(body: Any, request: HttpRequest) -> Submission:
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise Problem(411, "length_required", "Send the body with a Content-Length, not in chunks.")
    question = _question_of(body)
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if key and not _KEY.fullmatch(key):
        raise Problem(400, "idempotency_key_invalid", "Send 1 to 255 visible ASCII characters.")
    body_hash = hashlib.sha256(question.encode(errors="surrogatepass")).hexdigest() if key else ""
    client = client_of(request)[:_ACTOR_LENGTH]
    return Submission(question=question, client=client, idempotency_key=key, body_hash=body_hash)


def _question_of(body: Any) -> str:
    if not isinstance(body, dict):
        raise Problem(400, "not_an_object", 'Send a JSON object: {"question": "…"}.')
    if unknown := sorted(body.keys() - {"question"}):
        raise Problem(400, "unknown_field", f"Leave out {', '.join(unknown)}: only `question` is known.")
    if "question" not in body:
        raise Problem(400, "missing_field", "The field `question` is missing.")
    question = body["question"]
    if not isinstance(question, str):
        raise Problem(400, "wrong_type", "`question` must be a string.")
    return question
