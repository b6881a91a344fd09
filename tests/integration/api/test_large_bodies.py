"""Under ASGI a large body is refused before Django sees it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from closedloop.asgi import application
from closedloop.body_limit import BodyLimit

MEGABYTE = b"x" * 1_000_000


class Sender:
    """Sends pieces of a body; counts those taken and every asking, and keeps what came back."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = list(pieces)
        self.taken = 0
        self.asked = 0
        self.answer: list[Any] = []

    async def receive(self) -> Any:
        self.asked += 1
        if not self._pieces:
            return {"type": "http.disconnect"}
        self.taken += 1
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": bool(self._pieces)}

    async def send(self, event: Any) -> None:
        self.answer.append(event)


def post(
    pieces: list[bytes], *, path: str = "/api/agent/faq", length: int | None = None, app: Any = application
):
    headers = [(b"content-type", b"application/json"), (b"host", b"testserver")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "scheme": "http", "server": ("testserver", 80), "client": ("127.0.0.1", 1),
        "http_version": "1.1", "asgi": {"version": "3.0"}, "root_path": "",
    }  # fmt: skip
    sender = Sender(pieces)
    asyncio.run(app(scope, sender.receive, sender.send))
    return sender


def assert_refused(sender: Sender) -> None:
    start, body = sender.answer
    headers = dict(start["headers"])
    assert start["status"] == 413
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body["body"])["code"] == "too_large"


def test_a_large_body_is_thrown_away_and_refused():
    sender = post([MEGABYTE] * 10, length=10_000_000)
    assert_refused(sender)
    assert sender.taken == 10


def test_a_huge_body_is_refused_unseen():
    sender = post([MEGABYTE] * 300, length=300_000_000)
    assert_refused(sender)
    assert sender.taken == 0


def test_a_body_that_announces_nothing_is_counted():
    sender = post([MEGABYTE] * 300)
    assert_refused(sender)
    assert sender.taken < 50


def test_a_body_that_is_too_large_by_its_last_piece_is_refused_at_once():
    sender = post([MEGABYTE], length=None)
    assert_refused(sender)
    assert sender.asked == 1


async def _echo(_scope: Any, receive: Any, send: Any) -> None:
    await send(await receive())


@pytest.mark.parametrize("path", ["/webhooks/github", "/api/agent/faq"])
def test_what_is_small_enough_passes_untouched(path):
    sender = post([b"{}"], path=path, length=2, app=BodyLimit(_echo))
    assert sender.answer == [{"type": "http.request", "body": b"{}", "more_body": False}]


def test_webhooks_may_be_as_large_as_github_sends_them():
    sender = post([MEGABYTE], path="/webhooks/github", length=1_000_000, app=BodyLimit(_echo))
    assert len(sender.answer[0]["body"]) == 1_000_000
