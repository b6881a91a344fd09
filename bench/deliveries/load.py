"""The client: signed deliveries, one at a time on each connection.

`python -m bench.deliveries.load PORT CONNECTIONS SECONDS` prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from itertools import cycle

from bench.deliveries.rows import head_sha
from bench.submission.load import Run, drive
from tests.contracts.webhooks.examples import EVENTS, payloads, signed

PATH = "/webhooks/github"
#: One delivery of so many is about a pull request of ours.
_OURS_EVERY = 4


class Deliveries(Run):
    """A run whose requests are deliveries."""

    def __init__(self, *, seconds: float, connections: int) -> None:
        super().__init__(path=PATH, prefix="", seconds=seconds, connections=connections)
        self._requests = cycle(_requests())

    def next_request(self) -> bytes:
        """The next delivery, under an id that was never used."""
        head, tail = next(self._requests)
        return head + str(uuid.uuid4()).encode() + tail


def _requests() -> list[tuple[bytes, bytes]]:
    """Whole requests, cut where the delivery's id belongs."""
    others = [(event, payload) for event in EVENTS for payload in payloads()[event]]
    found = []
    for number, (event, payload) in enumerate(others):
        if number % _OURS_EVERY == 0:
            found.append(_request("check_run", _completed(number)))
        found.append(_request(event, payload))
    return found


def _completed(number: int) -> dict[str, object]:
    """A real payload about the head of one of our pull requests."""
    check = payloads()["check_run"][0]
    return {**check, "action": "completed", "check_run": {**check["check_run"], "head_sha": head_sha(number)}}


def _request(event: str, payload: object) -> tuple[bytes, bytes]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {**signed(event, body), "Content-Length": str(len(body)), "Host": "127.0.0.1"}
    del headers["X-GitHub-Delivery"]
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", *lines, "X-GitHub-Delivery: "])
    return head.encode(), b"\r\n\r\n" + body


if __name__ == "__main__":
    port, connections, seconds = sys.argv[1:]
    run = Deliveries(seconds=float(seconds), connections=int(connections))
    print(json.dumps(asyncio.run(drive(run, int(port)))))
