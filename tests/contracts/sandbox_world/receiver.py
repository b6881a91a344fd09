"""A webhook receiver that keeps what it gets."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "webhook-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where to deliver, and what came."""

    url: str
    deliveries: list[Delivery] = field(default_factory=list)

    def of(self, event: str) -> list[Delivery]:
        """Deliveries of one event."""
        return [one for one in self.deliveries if one.headers["x-github-event"] == event]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a free port."""
    kept: list[Delivery] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.append(
                Delivery(headers={name.lower(): value for name, value in self.headers.items()}, body=body)
            )
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Receiver(url=f"http://127.0.0.1:{server.server_port}/hook", deliveries=kept)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
