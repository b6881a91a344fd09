"""A log of how long the sandbox itself was busy, so that a benchmark can subtract it."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One request, CI run or deploy."""

    #: position in the log, counted from 1
    id: int
    #: `request`, `ci`, `deploy`, or another word of the extension that recorded it
    kind: str
    #: what was done, for requests the method and path
    name: str
    #: `time.time()` at the start, in seconds
    wall_start: float
    #: `time.time()` at the end, in seconds
    wall_end: float
    #: `time.monotonic()` at the start, in seconds; on one machine comparable between processes
    started: float
    #: `time.monotonic()` at the end, in seconds
    ended: float
    #: whatever else is known, for requests `status`
    detail: dict[str, Any]


class RequestLog:
    """The newest spans, in memory only."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque(maxlen=_KEPT)
        self._last = 0

    @contextmanager
    def span(self, kind: str, name: str) -> Iterator[dict[str, Any]]:
        """Record the time spent inside; entries put into the yielded dictionary become its `detail`."""
        wall, started, detail = time.time(), time.monotonic(), dict[str, Any]()
        try:
            yield detail
        finally:
            self._last += 1
            self._spans.append(
                Span(
                    id=self._last,
                    kind=kind,
                    name=name,
                    wall_start=wall,
                    wall_end=time.time(),
                    started=started,
                    ended=time.monotonic(),
                    detail=detail,
                )
            )

    def since(self, last: int) -> list[dict[str, Any]]:
        """Spans with an id above `last`, oldest first."""
        return [asdict(span) for span in self._spans if span.id > last]
