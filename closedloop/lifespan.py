"""ASGI's start and end of a process, which Django refuses: servers would report that as an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope


class Lifespan:
    """An ASGI layer that acknowledges both; there is nothing to prepare or to end.

    https://asgi.readthedocs.io/en/latest/specs/lifespan.html
    """

    def __init__(self, inner: ASGI3Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Pass on everything else."""
        if scope["type"] != "lifespan":
            await self._inner(scope, receive, send)
            return
        while (message := await receive())["type"] != "lifespan.shutdown":
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
