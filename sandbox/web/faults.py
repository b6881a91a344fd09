"""The seam by which armed faults reach a request."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response


class Faults(Protocol):
    """Called around every request but those to `/_sandbox/`.

    Both may sleep, and may raise `DropConnectionError` to leave the client without an answer.
    """

    async def before(self, request: Request) -> Response | None:
        """Give a response instead of handling the request, or None to handle it."""

    async def after(self, request: Request, status: int) -> Response | None:
        """Give a response instead of the real one, whose effect has already happened, or None."""


class NullFaults:
    """No fault is armed."""

    async def before(self, request: Request) -> Response | None:
        """Let the request pass."""
        del request
        return None

    async def after(self, request: Request, status: int) -> Response | None:
        """Let the response pass."""
        del request, status
        return None
