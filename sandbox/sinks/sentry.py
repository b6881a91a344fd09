"""A Sentry that keeps what it is sent, and the part of its API that lists issues.

https://docs.sentry.io/api/events/list-a-projects-issues/
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.journal import Journal
from sandbox.sinks.envelopes import EnvelopeError, items_of, unpack
from sandbox.world import World

JOURNAL = "sentry_item"
_TERM = re.compile(r'(!?)([\w.]+):(?:"([^"]*)"|(\S+))')
_LEVEL = "error"


def title_of(event: Mapping[str, Any]) -> str:
    """Return what Sentry would call an event: its exception, else its message."""
    values = (event.get("exception") or {}).get("values") or []
    if values:
        return f"{values[-1].get('type', 'Error')}: {values[-1].get('value', '')}"
    entry = event.get("logentry") or {}
    return str(event.get("message") or entry.get("formatted") or entry.get("message") or "<unlabeled event>")


def _group(event: Mapping[str, Any]) -> str:
    named = event.get("fingerprint")
    key = (
        repr(named)
        if named and named != ["{{ default }}"]
        else re.sub(r"\d+|[0-9a-f]{8,}", "*", title_of(event))
    )
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]


def _tags(event: Mapping[str, Any]) -> dict[str, str]:
    tags = event.get("tags") or {}
    return {str(name): str(value) for name, value in (tags.items() if isinstance(tags, dict) else tags)}


def _fits(event: Mapping[str, Any], query: str) -> bool:
    tags = _tags(event)
    for negated, name, quoted, plain in _TERM.findall(query):
        if name == "is":
            continue
        held = str(event.get(name, event.get("level", _LEVEL) if name == "level" else tags.get(name, "")))
        if (held == (quoted or plain)) == bool(negated):
            return False
    return True


def issues_of(entries: Iterable[Mapping[str, Any]], query: str) -> list[dict[str, Any]]:
    """Group the events that a query fits into issues, the latest first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry["type"] == "event" and _fits(entry["payload"], query):
            groups.setdefault(_group(entry["payload"]), []).append(entry)
    shown = [_issue(group, events) for group, events in groups.items()]
    return sorted(shown, key=lambda issue: str(issue["lastSeen"]), reverse=True)


def _issue(group: str, events: list[Mapping[str, Any]]) -> dict[str, Any]:
    last = events[-1]["payload"]
    number = str(int(group, 16))
    return {
        "id": number,
        "shortId": f"SANDBOX-{group.upper()}",
        "title": title_of(last),
        "culprit": str(last.get("transaction") or ""),
        "level": last.get("level", _LEVEL),
        "status": "unresolved",
        "type": "error",
        "count": str(len(events)),
        "userCount": 0,
        "firstSeen": events[0]["at"],
        "lastSeen": events[-1]["at"],
        "permalink": None,
        "project": {"id": str(events[-1]["project"]), "slug": str(events[-1]["project"])},
    }


def sentry_routes(world: World) -> list[BaseRoute]:
    """Take envelopes for any project and key, and list issues and items."""
    journal = Journal(world.store, JOURNAL)

    async def take(request: Request) -> Response:
        try:
            body = unpack(await request.body(), request.headers.get("content-encoding", ""))
            items = list(items_of(body))
        except EnvelopeError as error:
            return JSONResponse({"detail": str(error)}, 400)
        project = request.path_params["project"]
        for kind, payload in items:
            journal.add({"at": world.now().isoformat(), "project": project, "type": kind, "payload": payload})
        return JSONResponse({"id": next((str(one["event_id"]) for _, one in items if "event_id" in one), "")})

    async def issues(request: Request) -> Response:
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)
        return JSONResponse(issues_of(journal.entries(), request.query_params.get("query", "is:unresolved")))

    async def listing(request: Request) -> Response:
        wanted = request.query_params.get("type")
        return JSONResponse([one for one in journal.entries() if wanted in {None, one["type"]}])

    return [
        Route("/api/{project:int}/envelope/", take, methods=["POST"]),
        Route("/api/0/projects/{org}/{slug}/issues/", issues),
        Route("/_sandbox/sentry", listing),
    ]
