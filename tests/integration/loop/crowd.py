"""Many workers at once on the town: threads, real time, every message three times."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connections
from django.utils import timezone

from closedloop.ports.courier import FanOut, Hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from tests.fakes.town import Town

WORKERS = 6
COPIES = 3


class CrowdCourier:
    """Hands every hint to the workers' queue, several times, in the order in which they are due."""

    def __init__(self) -> None:
        self.waiting: queue.PriorityQueue[tuple[float, int, Hint | FanOut]] = queue.PriorityQueue()
        self._number = 0
        self._lock = threading.Lock()

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        with self._lock:
            for hint in [hint for hint in hints for _ in range(COPIES)]:
                self._number += 1
                delay_s = hint.delay_s if isinstance(hint, Hint) else 0.0
                self.waiting.put((time.monotonic() + delay_s, self._number, hint))
        return True


class Crowd:
    """The town with workers in threads; `failures` holds what a job let out."""

    def __init__(self, town: Town) -> None:
        self.town, self.courier = town, CrowdCourier()
        self.world = town.world
        self.world.clock = timezone.now
        self.ports = replace(town.ports, clock=timezone.now, courier=self.courier)
        town.ports = self.ports
        self.failures: list[BaseException] = []
        self._over = threading.Event()

    @property
    def now(self):
        return timezone.now()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._keep_on, args=(self._work_once,)) for _ in range(WORKERS)]
        threads += [threading.Thread(target=self._keep_on, args=(self._sweep_once,))]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def until(self, is_so: Callable[[], bool], within: timedelta) -> bool:
        end = time.monotonic() + within.total_seconds()
        while not is_so():
            if time.monotonic() > end or self.failures:
                return False
            self._over.wait(0.05)
        return True

    def _keep_on(self, once: Callable[[], None]) -> None:
        try:
            while not self._over.is_set():
                once()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.failures.append(error)
        finally:
            connections.close_all()

    def _work_once(self) -> None:
        try:
            at, number, hint = self.courier.waiting.get(timeout=0.02)
        except queue.Empty:
            return
        if at > time.monotonic():
            self.courier.waiting.put((at, number, hint))
            self._over.wait(0.005)
            return
        self.town.run(hint)

    def _sweep_once(self) -> None:
        self.town.sweep()
        self._over.wait(0.1)
