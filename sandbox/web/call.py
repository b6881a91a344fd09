"""One REST request, as its handler sees it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import pygit2
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World

_CREATED = 201
_PER_PAGE, _MOST_PER_PAGE = 30, 100
_KINDS = {str: "a string", int: "an integer", bool: "a boolean", list: "an array", dict: "an object"}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose token has been accepted and whose body has been parsed."""

    #: the sandbox
    world: World
    #: who asks
    actor: Actor
    #: parts of the path, by the names in the route
    params: dict[str, str]
    #: the query string
    query: QueryParams
    #: the JSON body; empty if there was none
    body: dict[str, Any]
    #: path of the request, beginning with /api/v3
    path: str
    #: GitHub's media type suffix in Accept (raw, diff, patch, sha …), or an empty string
    media: str
    #: the repository named in the path, or an empty document
    repo: Doc

    @property
    def full_name(self) -> str:
        """`owner/name` of the repository in the path."""
        return str(self.repo["full_name"])

    @property
    def git(self) -> pygit2.Repository:
        """The repository's git data."""
        return self.world.git.open(self.full_name)

    def number(self, name: str) -> int:
        """Read a part of the path that must be a number; anything else is simply not found."""
        value = self.params[name]
        if not value.isdecimal():
            raise ApiError(404, "Not Found")
        return int(value)

    def field(self, name: str, kind: type[Item], default: Item) -> Item:
        """Read a field of the body, or `default` if it is absent or null; 422 for another type."""
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            shown = json.dumps(value, ensure_ascii=False)
            raise ApiError(
                422, f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {_KINDS[kind]}."
            )
        return value

    def required(self, name: str, kind: type[Item]) -> Item:
        """Read a field that must be in the body."""
        if self.body.get(name) is None:
            raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return self.field(name, kind, kind())

    def text(self, name: str, default: str = "") -> str:
        """Read a string field, or `default`."""
        return self.field(name, str, default)

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Read a field that is a list of strings."""
        given: list[Any] = self.field(name, list, list(default))
        if not all(isinstance(one, str) for one in given):
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', not all are strings.")
        return given

    def listing(
        self, items: Sequence[Item], view: Callable[[Item], Any], wrap: str | None = None
    ) -> Response:
        """Answer one page of `items` with its Link header; under `wrap` beside `total_count` if named."""
        size = min(self._positive("per_page", _PER_PAGE), _MOST_PER_PAGE)
        page = self._positive("page", 1)
        shown = [view(item) for item in items[(page - 1) * size : page * size]]
        body = shown if wrap is None else {"total_count": len(items), wrap: shown}
        links = self._links(page, -(-len(items) // size))
        return JSONResponse(body, headers={"Link": links} if links else None)

    def _positive(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isdecimal() and int(value) > 0 else default

    def _links(self, page: int, last: int) -> str:
        pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page <= 1:
            del pages["prev"], pages["first"]
        if page >= last:
            del pages["next"], pages["last"]
        return ", ".join(f'<{self._page_url(number)}>; rel="{name}"' for name, number in pages.items())

    def _page_url(self, number: int) -> str:
        query = {**dict(self.query.multi_items()), "page": str(number)}
        return f"{self.world.config.base_url}{self.path}?{urlencode(query)}"


def answer(body: Any, status: int = 200) -> Response:
    """Make a JSON response; what was created says where it is."""
    created = status == _CREATED and isinstance(body, dict) and "url" in body
    return JSONResponse(body, status, {"Location": body["url"]} if created else None)


def nothing() -> Response:
    """204, with no body."""
    return Response(status_code=204)
