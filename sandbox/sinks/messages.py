"""Takes what is posted to Slack's incoming webhooks, PagerDuty-like hooks and plain JSON or form receivers.

Slack answers `ok` as text: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.journal import Journal
from sandbox.world import World

JOURNAL = "message"
_LARGEST = 1_000_000


def _parsed(raw: bytes, content_type: str) -> Any:
    if content_type.startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(raw.decode("utf-8", "replace")))
        return json.loads(form["payload"]) if set(form) == {"payload"} else form
    return json.loads(raw)


def _text(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    parts = [str(body[name]) for name in ("title", "text", "message") if body.get(name)]
    attached = body.get("attachments")
    for one in attached if isinstance(attached, list) else ():
        if isinstance(one, dict):
            parts += [str(one[name]) for name in ("title", "text", "fallback") if one.get(name)]
    return "\n".join(parts)


def message_routes(world: World) -> list[BaseRoute]:
    """Take messages at `/services/T/B/X` (as Slack) and `/sinks/{kind}/{name}`, and list them."""
    journal = Journal(world.store, JOURNAL)

    async def take(request: Request) -> Response:
        raw = await request.body()
        if len(raw) > _LARGEST:
            return PlainTextResponse("payload_too_large", 413)
        try:
            body = _parsed(raw, request.headers.get("content-type", ""))
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        params = request.path_params
        kind = str(params.get("kind", "slack"))
        if kind == "slack" and not _text(body):
            return PlainTextResponse("no_text", 400)
        what = {"kind": kind, "name": str(params.get("name", "default"))}
        journal.add({"at": world.now().isoformat(), **what, "text": _text(body), "body": body})
        return PlainTextResponse("ok")

    async def listing(request: Request) -> Response:
        wanted = request.query_params.get("kind")
        return JSONResponse([one for one in journal.entries() if wanted in {None, one["kind"]}])

    return [
        Route("/services/{team}/{bot}/{name}", take, methods=["POST"]),
        Route("/sinks/{kind}", take, methods=["POST"]),
        Route("/sinks/{kind}/{name}", take, methods=["POST"]),
        Route("/_sandbox/messages", listing),
    ]
