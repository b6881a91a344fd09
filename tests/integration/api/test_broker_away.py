"""The real couriers and boards against a Redis that is gone, and against one that never answers."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from closedloop import wiring
from closedloop.adapters.background import Background
from closedloop.adapters.celery_courier import BackgroundCourier, CeleryCourier
from closedloop.adapters.celery_stamps import StampedCourier
from closedloop.adapters.redis_board import BackgroundBoard, RedisBoard
from closedloop.celery import app
from tasks_app.models import Task
from tests.integration.api.asking import ask
from tests.integration.metrics.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["refuses", "hangs"])
def dead_redis(request) -> Iterator[Redis]:
    """A port that nobody listens on, or one that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            server.listen()
        port = server.getsockname()[1]
        # Not closed: the threads of the background have no end and may be using it. One try each, as in
        # production: a client that tries for half a minute would go on beneath the tests that follow.
        once = Retry(NoBackoff(), 0)
        yield Redis(
            port=port, socket_timeout=0.2, socket_connect_timeout=0.2, retry=once, decode_responses=True
        )


@pytest.fixture
def background_world(world, dead_redis) -> Iterator[wiring.Ports]:
    """What a web process has, on that Redis."""
    courier = BackgroundCourier(StampedCourier(app, dead_redis, CeleryCourier(app)))
    ports = replace(world, courier=courier, board=BackgroundBoard(RedisBoard(dead_redis)))
    with wiring.use(ports, everywhere=True):
        yield ports


@pytest.mark.usefixtures("background_world")
def test_without_a_broker_every_answer_is_202_within_a_second(client):
    ask(client, "The first loads what is loaded once?")
    for number in range(5):
        began = time.monotonic()
        assert ask(client, f"Question {number}?").status_code == 202
        assert time.monotonic() - began < 1
    assert Task.objects.filter(next_look_at__isnull=False).count() == 6


def test_what_waits_leaves_together_and_in_order():
    carried: list[list[int]] = []
    free = threading.Event()

    def carry(batch: list[int]) -> None:
        carried.append(batch)
        free.wait(10)

    background: Background[int] = Background("test", carry, apart_s=0)
    background.put([0])
    until(lambda: carried, what="the first batch leaves")
    for number in range(1, 100):
        background.put([number])
    free.set()
    until(lambda: len(carried) == 2, what="the second batch leaves")
    assert carried == [[0], list(range(1, 100))]
