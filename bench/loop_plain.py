"""What Celery alone costs: a chain of no-op jobs that ends in a chord, in pools like the product's.

`celery -A bench.loop_plain worker` runs it; `BENCH_REDIS_URL` names the broker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celery import Celery, chain, chord
from kombu import Queue

from bench.submission.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Queue and pool as in `scripts/local/children.py`.
_POOLS = {"orchestrator": ("threads", "20"), "main": ("prefork", "2")}
_JOBS_QUEUE = "orchestrator"
_PATIENCE_S = 30
_URL = "BENCH_REDIS_URL"

app = Celery("plain")
app.conf.update(
    broker_url=os.environ.get(_URL),
    result_backend=os.environ.get(_URL),
    task_queues=[Queue(name) for name in _POOLS],
    task_default_queue=_JOBS_QUEUE,
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
)


@app.task(name="plain.nothing")
def nothing() -> None:
    """Do nothing."""


@app.task(name="plain.told", ignore_result=False)
def told() -> None:
    """Do nothing and say so, as the members of a chord must."""


def run_once(*, length: int, width: int) -> float:
    """Seconds from sending the canvas until its last job's result is here."""
    began = time.perf_counter()
    last = chord([told.si() for _ in range(width)], told.si())
    result = chain(*(nothing.si() for _ in range(length)), last).apply_async()
    result.get(timeout=_PATIENCE_S)
    result.forget()
    return time.perf_counter() - began


@contextmanager
def workers(redis_url: str) -> Iterator[None]:
    """Both pools on the same server, in a database of their own."""
    own_url = urlsplit(redis_url)._replace(path="/1").geturl()
    app.conf.update(broker_url=own_url, result_backend=own_url)
    with ExitStack() as stack:
        for queue, pool in _POOLS.items():
            stack.enter_context(_worker(queue, pool, own_url))
        until(lambda: len(app.control.ping(timeout=0.2) or ()) == len(_POOLS), "the bare workers answer")
        yield


@contextmanager
def _worker(queue: str, pool: tuple[str, str], redis_url: str) -> Iterator[None]:
    kind, size = pool
    command = [sys.executable, "-m", "celery", "-A", "bench.loop_plain", "worker", "-Q", queue]
    command += ["-P", kind, "-c", size, "-n", f"{queue}@%h", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(
        [*command, "--loglevel", "ERROR"],
        env={**os.environ, _URL: redis_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
