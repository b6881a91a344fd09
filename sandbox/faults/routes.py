"""Faults that concern requests: what the gate asks before and after each."""

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults.armory import Armory, Fault, Kind
from sandbox.web.transport import DropConnectionError
from sandbox.world import World

_DELAY = frozenset({Kind.DELAY})
_BEFORE = frozenset({Kind.STATUS, Kind.DROP_BEFORE, Kind.SECONDARY_LIMIT, Kind.PRIMARY_LIMIT, Kind.MOVED})
_AFTER = frozenset({Kind.STATUS_AFTER, Kind.DROP_AFTER})
_LIMITS_DOC = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
_REDIRECTS_DOC = "https://docs.github.com/v3/#http-redirects"
_LIMIT, _WINDOW_S = 5000, 3600
#: number of the repository elsewhere
_MOVED_TO = 1296269


def _answer(fault: Fault, status: int, usual: dict[str, Any], headers: dict[str, str]) -> Response:
    body = json.dumps(usual) if fault.body is None else fault.body
    kind = "application/json" if body.startswith(("{", "[")) else "text/html; charset=utf-8"
    return Response(body, status, headers={"content-type": kind, **headers, **fault.headers})


def _secondary_limit(fault: Fault) -> Response:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    usual = {"message": message, "documentation_url": f"{_LIMITS_DOC}#about-secondary-rate-limits"}
    return _answer(fault, 403, usual, {"Retry-After": str(fault.retry_after_s)})


def _primary_limit(fault: Fault, now_s: float) -> Response:
    usual = {"message": "API rate limit exceeded for user ID 1001.", "documentation_url": _LIMITS_DOC}
    headers = {
        "X-RateLimit-Limit": str(_LIMIT),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": str(_LIMIT),
        "X-RateLimit-Reset": str(int(now_s) + min(_WINDOW_S, fault.retry_after_s)),
        "X-RateLimit-Resource": "core",
    }
    return _answer(fault, 403, usual, headers)


def _moved(fault: Fault, request: Request) -> Response:
    """Point to where a renamed repository is, by its number: 301 for a read, 307 for a write.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    rest = request.scope["path"].removeprefix("/api/v3/repos/").split("/", 2)[2:]
    path = "/".join(["/api/v3/repositories", str(_MOVED_TO), *rest])
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{request.url.scheme}://{request.url.netloc}{path}{query}"
    usual = {"message": "Moved Permanently", "url": url, "documentation_url": _REDIRECTS_DOC}
    return _answer(fault, 301 if request.method in {"GET", "HEAD"} else 307, usual, {"Location": url})


class RouteFaults:
    """The gate's view of the armed faults."""

    def __init__(self, world: World, armory: Armory) -> None:
        self._world = world
        self._armory = armory

    async def before(self, request: Request) -> Response | None:
        """Return the answer of a fault that replaces the request, after a delay if one is armed."""
        if delay := self._take(_DELAY, request):
            await asyncio.sleep(delay.delay_ms / 1000)
        fault = self._take(_BEFORE, request)
        return self._instead(fault, request) if fault else None

    async def after(self, request: Request, status: int) -> Response | None:
        """Return the answer of a fault that replaces the real one."""
        del status
        fault = self._take(_AFTER, request)
        if fault is None:
            return None
        if fault.kind is Kind.DROP_AFTER:
            raise DropConnectionError
        return _answer(fault, fault.status, {"message": "Server Error"}, {})

    def _instead(self, fault: Fault, request: Request) -> Response:
        if fault.kind is Kind.DROP_BEFORE:
            raise DropConnectionError
        if fault.kind is Kind.SECONDARY_LIMIT:
            return _secondary_limit(fault)
        if fault.kind is Kind.PRIMARY_LIMIT:
            return _primary_limit(fault, self._world.now().timestamp())
        if fault.kind is Kind.MOVED:
            return _moved(fault, request)
        return _answer(fault, fault.status, {"message": "Server Error"}, {})

    def _take(self, kinds: frozenset[Kind], request: Request) -> Fault | None:
        return self._armory.take_route(kinds, request.method, request.scope["path"], self._world.now())
