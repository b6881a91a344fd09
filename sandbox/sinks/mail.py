"""A mail server that delivers to a list: SMTP on its own loopback port, `/_sandbox/mail` to read."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.journal import Journal
from sandbox.world import World

JOURNAL = "mail"
_HOST = "127.0.0.1"


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    return str(body.get_content()) if body is not None else ""


class Postbox:
    """aiosmtpd's handler: keeps every message."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._journal = Journal(world.store, JOURNAL)
        self._server: asyncio.Server | None = None
        #: the port; 0 while it is closed
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one message."""
        raw = (
            envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        )
        message: Any = message_from_bytes(raw, policy=default)
        self._journal.add({
            "at": self._world.now().isoformat(),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": str(message["subject"] or ""),
            "text": _text(message),
        })  # fmt: skip
        return "250 Message accepted for delivery"

    async def open(self) -> None:
        """Listen on the port after the web server's, so that it can be guessed, or on a free one."""
        wanted = (urlsplit(self._world.config.base_url).port or 0) + 1
        try:
            self._server = await self._listen(wanted)
        except (OSError, OverflowError):
            self._server = await self._listen(0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: SMTP(self, hostname="sandbox", enable_SMTPUTF8=True), _HOST, port
        )

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        self.port = 0

    def routes(self) -> list[BaseRoute]:
        """List the mail, with the address to send it to."""

        async def listing(_: Request) -> Response:
            return JSONResponse({"smtp": {"host": _HOST, "port": self.port}, "mail": self._journal.entries()})

        return [Route("/_sandbox/mail", listing)]
