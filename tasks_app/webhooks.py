"""`POST /webhooks/github`: who sent it is proved by a signature over the raw body, nothing else is believed.

The protocol is GitHub's: "Validating webhook deliveries" and "Best practices for using webhooks".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from closedloop.body_limit import limit_of
from closedloop.problems import database_away, problem
from closedloop.wiring import ports
from tasks_app.services.inbox import Delivery, receive
from tasks_app.services.outage import DatabaseAway, writes

if TYPE_CHECKING:
    from django.http import HttpRequest

_ID = re.compile(r"[A-Za-z0-9-]{1,80}")
_EVENT = re.compile(r"[a-z0-9_]{1,60}")


class _Readable(Protocol):
    """What a body is read from; raises `OSError` when its sender is gone."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; fewer only at the end."""


@csrf_exempt  # a signature proves more than a token could
@require_POST
def github(request: HttpRequest) -> HttpResponse:
    """Take a delivery: 202 once it is stored, whatever it says."""
    secrets = [s for s in (settings.GITHUB_WEBHOOK_SECRET, settings.GITHUB_WEBHOOK_SECRET_OLD) if s]
    if not secrets:
        return problem(503, "webhook_not_configured", "Set GITHUB_WEBHOOK_SECRET to the hook's secret.")
    limit = limit_of(request.path)
    try:
        body = _stream(request).read(limit + 1)
    except Exception:  # noqa: BLE001 - servers have errors of their own for a broken chunk, of no common class
        return problem(400, "incomplete", "The body ended before its announced end.")
    if len(body) > limit:
        return problem(413, "too_large", "GitHub sends at most 25 MB.")
    if not _is_signed(body, request.headers.get("X-Hub-Signature-256", ""), secrets):
        return problem(401, "bad_signature", "X-Hub-Signature-256 is missing or does not fit the body.")
    return _store(request, body)


def _stream(request: HttpRequest) -> _Readable:
    """Where the raw bytes come from.

    A chunked body announces no length, and Django then reads nothing from WSGI. Servers that end the
    stream themselves say so (`wsgi.input_terminated`, an extension of PEP 3333): theirs is read directly.
    """
    terminated = request.META.get("wsgi.input_terminated")
    stream: _Readable = request.META["wsgi.input"] if terminated else request
    return stream


def _is_signed(body: bytes, signature: str, secrets: list[str]) -> bool:
    """Every secret is tried in constant time, also after one has fitted."""
    wanted = ["sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    fits = [hmac.compare_digest(one.encode(), signature.encode()) for one in wanted]
    return any(fits)


def _store(request: HttpRequest, body: bytes) -> HttpResponse:
    delivery_id = request.headers.get("X-GitHub-Delivery", "")
    event = request.headers.get("X-GitHub-Event", "")
    if not _ID.fullmatch(delivery_id) or not _EVENT.fullmatch(event):
        return problem(400, "bad_headers", "X-GitHub-Delivery and X-GitHub-Event must name the delivery.")
    if request.content_type != "application/json":
        return problem(415, "unsupported_media_type", "Set the hook's content type to application/json.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return problem(415, "unsupported_encoding", "Send the body as GitHub does, not compressed.")
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError):
        return problem(400, "malformed", "The body is not JSON.")
    delivery = Delivery(delivery_id=delivery_id, event=event, payload=payload)
    try:
        is_new = writes.ask(partial(receive, delivery, ports()))
    except DatabaseAway as error:
        return database_away(error)
    answer = {"delivery_id": delivery_id, "known_before": not is_new}
    return HttpResponse(json.dumps(answer), status=202, content_type="application/json")
