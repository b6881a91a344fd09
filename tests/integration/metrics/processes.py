"""Real Celery processes, and their signs of life where operators' tools read them: in Redis."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from tests.integration.metrics import slow_job
from tests.integration.metrics.waiting import until

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("database") / "db.sqlite3"
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment("redis://127.0.0.1:1/0", path), check=True)
    return path


@pytest.fixture
def running(redis, redis_url, tmp_path):
    """Starts Celery processes; kills whatever a test leaves behind."""
    started = []

    def start(database, *arguments, **settings):
        command = [sys.executable, "-m", "celery", "-A", "closedloop", *arguments]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**environment(redis_url, database), **settings}, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def environment(redis_url, database):
    return {
        **os.environ,
        "REDIS_URL": redis_url,
        "DATABASE_URL": f"sqlite:///{database}",
        "APP_VERSION": "v-test",
    }


def worker(pool, queue=slow_job.QUEUE):
    return (
        "worker", "-P", pool, "-c", "2", "-n", f"{pool}@here", "-Q", queue,
        "--include", slow_job.__name__, "--without-gossip", "--without-mingle",
    )  # fmt: skip


def sign(redis, worker_id, **expected):
    """The hash once it says what is expected."""

    def read():
        found = redis.hgetall(f"worker:heartbeat:{worker_id}")
        return found if found and expected.items() <= found.items() else None

    return until(read, what=f"{worker_id} says {expected}")


def send(redis_url, row_id, job=slow_job.NAME):
    with Celery(broker=redis_url) as app:
        app.send_task(job, args=(row_id, f"gate:{row_id}"), queue=slow_job.QUEUE)
