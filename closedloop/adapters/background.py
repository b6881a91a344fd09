"""One thread that carries what others must not wait for."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class Background(Generic[T]):
    """Hands items to `carry` in batches, from one daemon thread that starts with the first item.

    The first item after a silence leaves at once. Under load batches leave some milliseconds apart and
    take along all that came meanwhile, because a batch costs little more than one item does.
    Threads do not survive a fork: the first `put` after it starts a new one.
    """

    #: Items that may wait; beyond it the oldest are dropped (all that travels here may be lost).
    CAPACITY = 10_000
    #: Items that travel together at most.
    BATCH = 500

    def __init__(self, name: str, carry: Callable[[list[T]], object], *, apart_s: float = 0.05) -> None:
        self._name = name
        self._carry = carry
        self._apart_s = apart_s
        self._waiting: deque[T] = deque(maxlen=self.CAPACITY)
        self._arrived = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, items: Iterable[T]) -> None:
        """Return at once; the items are carried soon."""
        self._waiting.extend(items)
        if not self._arrived.is_set():
            self._arrived.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        left_at = time.monotonic() - self._apart_s
        while True:
            self._arrived.wait()
            time.sleep(max(0.0, left_at + self._apart_s - time.monotonic()))
            self._arrived.clear()
            left_at = time.monotonic()
            while batch := self._take():
                self._carry(batch)

    def _take(self) -> list[T]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), self.BATCH))]
