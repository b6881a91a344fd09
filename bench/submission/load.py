"""The client: a process of its own that keeps some connections busy, each with one question at a time.

`python -m bench.submission.load PORT PATH CONNECTIONS SECONDS PREFIX` prints one line of JSON. It speaks
just enough HTTP/1.1 to stay cheap beside what it measures.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


class Session(asyncio.Protocol):
    """One connection: a new question as soon as the answer to the last one is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._answer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first question."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP always is
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Gather the answer; when it is whole, ask the next question."""
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self._run.record(head, time.perf_counter() - self._sent_at)
        self._answer = b""
        if self._run.is_over:
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the run."""
        self._run.lost(exc)

    def _ask(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._run.next_request())


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError(f"an answer without Content-Length: {head!r}")


class Run:
    """Everything that the connections of one run share."""

    def __init__(self, *, path: str, prefix: str, seconds: float, connections: int) -> None:
        self._path = path
        self._prefix = prefix
        self._ends_at = time.perf_counter() + seconds
        self.connections = self._open = connections
        self._count = 0
        self.latencies: list[float] = []
        self.statuses: dict[str, int] = {}
        self.all_closed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether its time is up."""
        return time.perf_counter() > self._ends_at

    def next_request(self) -> bytes:
        """A question that nobody asked before."""
        self._count += 1
        body = f'{{"question": "How do I export the report number {self._prefix}-{self._count}?"}}'
        return (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def record(self, head: bytes, seconds: float) -> None:
        """Keep one answer."""
        self.latencies.append(seconds)
        status = head[9:12].decode()
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def lost(self, error: Exception | None) -> None:
        """Count connections down; a broken one ends the run as an error."""
        if error is not None:
            self.statuses[type(error).__name__] = 1
        self._open -= 1
        if self._open == 0:
            self.all_closed.set()


async def drive(run: Run, port: int) -> dict[str, object]:
    """Keep the connections of a run busy until its time is up."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(run.connections):
        await loop.create_connection(lambda: Session(run), "127.0.0.1", port)
    await run.all_closed.wait()
    elapsed = time.perf_counter() - began
    times = sorted(run.latencies)
    return {
        "requests": len(times),
        "seconds": elapsed,
        "p50_ms": times[len(times) // 2] * 1000,
        "p95_ms": times[int(len(times) * 0.95)] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
        "statuses": run.statuses,
    }


if __name__ == "__main__":
    port, path, connections, seconds, prefix = sys.argv[1:]
    questions = Run(path=path, prefix=prefix, seconds=float(seconds), connections=int(connections))
    print(json.dumps(asyncio.run(drive(questions, int(port)))))
