"""Real Celery workers that stop consuming while they look alive, and those that only seem to."""

import os
import signal
from datetime import datetime

import psutil
import pytest
from celery import Celery
from redis import Redis

from metrics_app.services.worker_canary import EXIT_CODE
from tests.integration.metrics.processes import send, sign, worker
from tests.integration.metrics.waiting import until

#: Seconds; hearts look every two.
GRACE_S = 5
SETTINGS = {"CANARY_GRACE_S": str(GRACE_S)}


def is_over(process):
    """Its exit code and some more, so that 0 is true as well."""
    code = process.poll()
    return None if code is None else (code,)


def heard(redis, pool):
    """Wait until canaries have come out of the worker's pool."""
    until(lambda: redis.hget(f"worker:heartbeat:{pool}@here", "canary_at"), what="a canary is heard")


def seconds_in_hand(redis, signs):
    """From the first sign of a full pool to the last."""
    signs.append(datetime.fromisoformat(redis.hget("worker:heartbeat:threads@here", "last_heartbeat")))
    return (signs[-1] - signs[0]).total_seconds()


def is_alive(process):
    try:
        return process.is_running() and process.status() != "zombie"
    except psutil.NoSuchProcess:
        return False


def cancel_all(redis_url, pool):
    """As a reconnect that went wrong leaves it: alive, answering, and consuming nothing."""
    with Celery(broker=redis_url) as app:
        for queue in ("slow", f"canary.{pool}@here"):
            said = app.control.cancel_consumer(queue, destination=[f"{pool}@here"], reply=True, timeout=10)
            assert "no longer consuming" in str(said)


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_that_consumes_nothing_ends_itself(running, redis, redis_url, database, pool):
    process = running(database, *worker(pool), **SETTINGS)
    heard(redis, pool)
    cancel_all(redis_url, pool)
    assert until(lambda: is_over(process), what="it left", within_s=40) == (EXIT_CODE,)
    assert redis.hget(f"worker:heartbeat:{pool}@here", "status") != "stopped"


def test_a_pool_whose_children_stand_still_is_ended_with_them(running, redis, database):
    process = running(database, *worker("prefork"), **SETTINGS)
    heard(redis, "prefork")
    children = psutil.Process(process.pid).children(recursive=True)
    for child in children:
        os.kill(child.pid, signal.SIGSTOP)
    assert until(lambda: is_over(process), what="it left", within_s=40) == (EXIT_CODE,)
    assert until(lambda: not any(is_alive(child) for child in children), what="its children left with it")


def test_a_busy_pool_and_an_absent_broker_are_no_reason_to_leave(running, redis, redis_url, database):
    process = running(database, *worker("threads"), **SETTINGS)
    heard(redis, "threads")
    rows = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(2)]
    for row_id in rows:
        send(redis_url, row_id)
    sign(redis, "threads@here", running_jobs="2")
    signs: list[datetime] = []
    until(lambda: seconds_in_hand(redis, signs) > GRACE_S, what="it was full for longer than the grace")
    with Redis.from_url(redis_url, socket_timeout=60) as broker:
        broker.client_pause(2 * GRACE_S * 1000)
        broker.ping()  # answered when the pause is over
    for row_id in rows:
        redis.rpush(f"gate:{row_id}", "go")
    sign(redis, "threads@here", status="idle", tasks_completed="2")
    assert process.poll() is None
