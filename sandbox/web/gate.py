"""What happens around every request: log, faults, authentication, limits, ETag and GitHub's headers."""

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.web.auth import Actor, authenticate
from sandbox.web.errors import ApiError
from sandbox.web.limits import LimitError, creates_content
from sandbox.web.tally import words_for
from sandbox.web.transport import DropConnectionError, hang_up
from sandbox.world import World

if TYPE_CHECKING:
    from starlette.datastructures import MutableHeaders

_GITHUB = ("/api/v3", "/api/graphql")
_OK, _NOT_MODIFIED = 200, 304


class Gate:
    """ASGI middleware; puts `actor` into `request.state` for GitHub's own paths."""

    def __init__(self, app: ASGIApp, *, world: World) -> None:
        self._app = app
        self._world = world
        self._limiter = world.limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        with self._world.log.span("request", f"{scope['method']} {scope['path']}") as detail:
            try:
                await self._serve(Request(scope, receive), send, detail)
            except DropConnectionError:
                detail["dropped"] = True
                if "status" not in detail:
                    self._count(scope, None)
                await hang_up(scope, receive)

    def _note(self, scope: Scope, detail: dict[str, Any], status: int) -> None:
        """Log and count an answer before it is sent, so that whoever has it finds it counted."""
        detail["status"] = status
        self._count(scope, status)

    def _count(self, scope: Scope, status: int | None) -> None:
        query = scope["query_string"].decode("latin-1")
        for word in words_for(scope["method"], scope["path"], query, status):
            self._world.tally.add(word)

    async def _serve(self, request: Request, send: Send, detail: dict[str, Any]) -> None:
        early = await self._world.faults.before(request)
        if early is not None:
            self._note(request.scope, detail, early.status_code)
            await early(request.scope, request.receive, send)
        elif request.scope["path"].startswith(_GITHUB):
            response = await self._github(request)
            self._note(request.scope, detail, response.status_code)
            replaced = await self._world.faults.after(request, response.status_code)
            await (replaced or response)(request.scope, request.receive, send)
        else:
            await self._stream(request, send, detail)

    async def _stream(self, request: Request, send: Send, detail: dict[str, Any]) -> None:
        """Serve without holding the answer back, for git, sites and token streams."""
        replaced: Response | None = None

        async def watch(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                self._note(request.scope, detail, message["status"])
                replaced = await self._world.faults.after(request, message["status"])
            if replaced is None:
                await send(message)

        await self._app(request.scope, request.receive, watch)
        if replaced is not None:
            await replaced(request.scope, request.receive, send)

    async def _github(self, request: Request) -> Response:
        resource = "graphql" if request.scope["path"].startswith("/api/graphql") else "core"
        actor = Actor()
        try:
            actor = authenticate(self._world.store, request.headers.get("authorization", ""))
            if not request.scope["path"].endswith("/rate_limit"):
                creates = creates_content(request.method, request.scope["path"])
                self._limiter.charge(actor, resource, creates=creates)
        except LimitError as refusal:
            self._world.tally.add(f"refused_{refusal.kind}")
            response = refusal.response()
        except ApiError as refusal:
            response = refusal.response()
        else:
            request.state.actor = actor
            response = await self._inner(request)
        if self._revalidated(request, response):
            self._limiter.refund(actor, resource)
            response = Response(status_code=_NOT_MODIFIED, headers={"ETag": response.headers["etag"]})
        self._decorate(response, actor, resource)
        return response

    async def _inner(self, request: Request) -> Response:
        status, headers, chunks = 500, [], []

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await self._app(request.scope, request.receive, collect)
        response = Response(b"".join(chunks), status)
        response.raw_headers = headers
        return response

    @staticmethod
    def _revalidated(request: Request, response: Response) -> bool:
        if request.method not in {"GET", "HEAD"} or response.status_code != _OK:
            return False
        tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()}"'
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        response.headers["Vary"] = "Accept, Authorization, Cookie"
        wanted = [
            part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")
        ]
        return tag.removeprefix("W/") in wanted

    def _decorate(self, response: Response, actor: Actor, resource: str) -> None:
        headers: MutableHeaders = response.headers
        headers.update(self._limiter.budget(actor, resource).headers())
        headers["X-GitHub-Request-Id"] = ":".join(
            uuid.uuid4().hex[at : at + 6].upper() for at in (0, 6, 12, 18)
        )
        headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        headers["X-GitHub-Api-Version-Selected"] = "2022-11-28"
        if actor.login and actor.permissions is None:
            headers["X-OAuth-Scopes"] = "admin:repo_hook, repo, workflow"
