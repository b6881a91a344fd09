"""The budget of writes and the model's slots, used by many threads at the same moment on real databases."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections
from django.utils import timezone

from tasks_app.models import ModelSlot, Task, WriteCharge
from tasks_app.pipeline.budget import Share
from tasks_app.services import model_slots
from tasks_app.services.budget import Cost, Paused, paid
from tests.fakes.town import Town
from tests.integration.api.conftest import postgresql_url, real_database  # noqa: F401 - fixtures

THREADS = 8
A_CALL_S = 0.02


@pytest.fixture
def ports(settings, real_database):  # noqa: F811 - the fixture
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500
    return replace(Town().ports, clock=timezone.now)


def together(work):
    """What each of the threads brought, all of them starting at once."""
    barrier = threading.Barrier(THREADS)

    def run(number):
        try:
            barrier.wait(10)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def spend_all(ports, share, _number):
    """Write one at a time until told to wait for long; how many that were."""
    spent = 0
    while True:
        try:
            with paid(Cost(writes=1, share=share, act="one"), ports):
                spent += 1
        except Paused as pause:
            if pause.until - timezone.now() > timedelta(seconds=5):
                return spent


def test_all_workers_together_write_exactly_what_a_minute_allows(ports):
    spent = together(partial(spend_all, ports, Share.ROLLBACK))
    assert (sum(spent), WriteCharge.objects.count()) == (80, 80)


def test_what_is_kept_for_rollbacks_is_there_when_everyday_work_took_all_it_may(ports):
    with paid(Cost(writes=56, share=Share.EVERYDAY, act="a batch"), ports):
        pass
    everyday = together(partial(spend_all, ports, Share.EVERYDAY))
    rollbacks = together(partial(spend_all, ports, Share.ROLLBACK))
    assert (sum(everyday), sum(rollbacks)) == (4, 20)


class Line:
    """How many stand in it at once, at most."""

    def __init__(self):
        self._lock, self._inside, self.most = threading.Lock(), 0, 0

    def __enter__(self):
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)

    def __exit__(self, *_):
        with self._lock:
            self._inside -= 1


def new_task(number):
    now = timezone.now()
    return Task(question=str(number), fingerprint=str(number), created_at=now, entered_at=now)


def test_never_more_calls_than_slots_and_everybody_gets_a_turn(ports, settings):
    settings.OPENAI_CONCURRENCY = 3
    line, rest = Line(), threading.Event()
    ends = time.monotonic() + 30

    def call(number):
        calls = 0
        while calls < 5 and time.monotonic() < ends:
            slot = model_slots.try_take(new_task(number).pk, ports)
            if slot is None:
                rest.wait(0.01)
                continue
            with model_slots.held(slot, ports), line:
                rest.wait(A_CALL_S)
                calls += 1
        return calls

    assert together(call) == [5] * THREADS
    assert line.most == 3
    assert not ModelSlot.objects.filter(until__gt=timezone.now()).exists()
