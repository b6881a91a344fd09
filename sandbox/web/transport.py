"""Lets an application hang up on its client without an answer, as a broken network does."""

from typing import TYPE_CHECKING, cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

_KEY = "sandbox.transport"


class DropConnectionError(Exception):
    """Raised inside a request: the client's connection is closed and it gets no answer."""


class HangUpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also shows each request the connection it came by."""

    def on_message_begin(self) -> None:
        """Start a request's scope and put the connection into it."""
        super().on_message_begin()
        self.scope["extensions"] = {_KEY: {"transport": self.transport}}


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Abort the client's connection and wait until the server has noticed."""
    transport = cast("asyncio.Transport", scope["extensions"][_KEY]["transport"])
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
