"""From method and path of a REST request to the function that answers it."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.call import Call
from sandbox.web.errors import ApiError, not_found
from sandbox.world import World

PREFIX = "/api/v3"
#: under this name stands a body that is an array, which a few operations accept
BARE_ARRAY = "[]"
_PART = re.compile(r"\{(\w+)(:path)?\}")
_MEDIA = re.compile(r"application/vnd\.github(?:\.v3)?\.(\w+)")
#: segments before the one that names the resource in /repos/{owner}/{repo}/{resource}
_REPO_DEPTH = 4

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One documented operation."""

    #: HTTP method
    method: str
    #: path below /api/v3; `{name}` is one segment, `{name:path}` one or more
    template: str
    #: answers the request
    handler: Handler
    #: `permission:level` of a fine-grained token, several separated by `|`; empty where public data is read
    needs: str


def endpoint(method: str, template: str, handler: Handler, needs: str = "") -> Endpoint:
    """Declare an operation; the order of declaration decides between templates that both fit."""
    return Endpoint(method=method, template=template, handler=handler, needs=needs)


class Dispatcher:
    """All REST operations behind one Starlette endpoint, `answer`."""

    def __init__(self, world: World, endpoints: Iterable[Endpoint]) -> None:
        self._world = world
        self._by_resource: defaultdict[str, list[tuple[re.Pattern[str], Endpoint]]] = defaultdict(list)
        for one in endpoints:
            self._by_resource[_resource(one.template)].append((_pattern(one.template), one))

    async def answer(self, request: Request) -> Response:
        """Answer one request; a refusal is answered in GitHub's form."""
        try:
            found, params = self._find(request)
            call = await self._call(request, params)
            _require(call.actor, found.needs)
            return found.handler(call)
        except ApiError as refusal:
            return refusal.response()

    def _find(self, request: Request) -> tuple[Endpoint, dict[str, str]]:
        path = request.scope["path"].removeprefix(PREFIX)
        method = "GET" if request.method == "HEAD" else request.method
        for pattern, one in self._by_resource[_resource(path)]:
            if one.method == method and (match := pattern.fullmatch(path)):
                return one, match.groupdict()
        raise not_found()

    async def _call(self, request: Request, params: dict[str, str]) -> Call:
        actor: Actor = request.state.actor
        if not actor.login and request.method not in {"GET", "HEAD"}:
            raise ApiError(401, "Requires authentication")
        media = _MEDIA.search(request.headers.get("accept", ""))
        return Call(
            world=self._world,
            actor=actor,
            params=params,
            query=request.query_params,
            body=_parsed(await request.body()),
            path=request.scope["path"],
            media=media[1] if media else "",
            repo=self._repo(params),
        )

    def _repo(self, params: dict[str, str]) -> Doc:
        if "repo" not in params:
            return {}
        found = self._world.store.get("repo", f"{params['owner']}/{params['repo']}".lower())
        if found is None:
            raise not_found()
        return found


def _resource(path: str) -> str:
    segments = path.split("/", _REPO_DEPTH + 1)
    deep = segments[1] == "repos" and len(segments) > _REPO_DEPTH
    return f"repos/{segments[_REPO_DEPTH]}" if deep else segments[1]


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PART.sub(lambda part: f"(?P<{part[1]}>{'.+' if part[2] else '[^/]+'})", template))


def _require(actor: Actor, needs: str) -> None:
    choices = [choice.partition(":") for choice in needs.split("|") if choice]
    if choices and not any(actor.may(permission, level) for permission, _, level in choices):
        actor.require(choices[0][0], choices[0][2])


def _parsed(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
        if b"\\ud" in raw.lower():  # half of a surrogate pair alone is no text
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "Problems parsing JSON") from None
    if isinstance(body, list):
        return {BARE_ARRAY: body}
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body
