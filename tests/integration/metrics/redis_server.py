"""A Redis of our own on a free port, gone when the tests are."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from scripts.local.ports import free_port
from scripts.local.redis_binary import find_redis
from tests.integration.metrics.waiting import until

_REQUIREMENTS = Path(__file__).parents[3] / "requirements.txt"


@contextmanager
def running_redis(folder):
    """Yields its address."""
    port = free_port()
    command = [
        find_redis(_REQUIREMENTS),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder,
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = Redis(port=port)
    try:
        until(lambda: _answers(client), what="redis answers")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        client.close()
        server.terminate()
        server.wait(10)


def _answers(client):
    try:
        return client.ping()
    except RedisError:
        return False
