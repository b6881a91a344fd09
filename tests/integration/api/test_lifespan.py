"""A server that tells of its start and end gets an answer, and whatever else comes goes on to Django."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from closedloop.asgi import application
from closedloop.lifespan import Lifespan

if TYPE_CHECKING:
    from collections.abc import Mapping

START, END = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def answers(app: Any, scope: Mapping[str, object], *messages: Mapping[str, str]) -> list[str]:
    said, waiting = list[str](), list(messages)

    async def receive() -> Mapping[str, str]:
        return waiting.pop(0)

    async def send(message: Mapping[str, str]) -> None:
        said.append(message["type"])

    asyncio.run(app(scope, receive, send))
    return said


def test_start_and_end_are_acknowledged():
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    assert answers(application, scope, START, END) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_everything_else_goes_on():
    async def inner(scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": f"seen {scope['type']}"})

    assert answers(Lifespan(inner), {"type": "http"}) == ["seen http"]
