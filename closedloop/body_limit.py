"""How large bodies may be, and how to refuse larger ones so that the sender hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.problems import BodyTooLarge, problem

if TYPE_CHECKING:
    from asgiref.typing import (
        ASGI3Application,
        ASGIReceiveCallable,
        ASGIReceiveEvent,
        ASGISendCallable,
        HTTPScope,
        Scope,
    )

#: GitHub does not deliver payloads above 25 MB.
_WEBHOOK_LIMIT = 25 * 1024 * 1024
#: Most clients read no answer before their whole body is sent: up to here it is read and thrown away.
DRAIN_LIMIT = 32 * 1024 * 1024


def limit_of(path: str) -> int:
    """Bytes that a body sent to this address may have."""
    return _WEBHOOK_LIMIT if path.startswith("/webhooks/") else int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class BodyLimit:
    """An ASGI layer around Django, which would write a body of any size to disk before a view can look.

    A body that announces more than its address takes is refused unseen; one that announces nothing is
    counted, and Django is told that its sender went away as soon as it is too much.
    """

    def __init__(self, inner: ASGI3Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Pass on what is small enough; answer 413 for the rest."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        announced = _announced(scope)
        counter = _Counter(receive, limit_of(scope["path"]))
        if announced <= counter.limit:
            await self._inner(scope, counter.receive, send)
            if not counter.is_exceeded:
                return
        if announced <= DRAIN_LIMIT and not counter.is_at_end:
            await _Counter(receive, DRAIN_LIMIT).drain()
        await _refuse(send)


class _Counter:
    """Counts a body while it comes in."""

    def __init__(self, receive: ASGIReceiveCallable, limit: int) -> None:
        self._receive = receive
        self.limit = self._left = limit
        self.is_exceeded = False
        #: Whether the last piece has come: asking for another would wait until the sender goes away.
        self.is_at_end = False

    async def receive(self) -> ASGIReceiveEvent:
        """The next piece, or the news that the sender went away, which ends the reading."""
        event = await self._receive()
        if event["type"] == "http.request":
            self.is_at_end = not event.get("more_body", False)
            self._left -= len(event.get("body", b""))
            if self._left < 0:
                self.is_exceeded = True
                return {"type": "http.disconnect"}
        return event

    async def drain(self) -> None:
        """Throw away what comes, up to the limit."""
        while True:
            event = await self.receive()
            if event["type"] != "http.request" or not event.get("more_body", False):
                return


def _announced(scope: HTTPScope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(send: ASGISendCallable) -> None:
    answer = problem(413, "too_large", str(BodyTooLarge.default_detail))
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": 413, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})
