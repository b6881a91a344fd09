"""Doing to Redis what should not happen to it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

from bench.faults_killing import empty_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.ruins import Ruins

QUEUES = ("orchestrator", "main")
#: What kombu keeps of messages that are being worked on.
_HANDED_OUT = ("unacked", "unacked_index")


def redis_of(world: Ruins) -> Redis:
    """A client that sees bytes as they are."""
    return Redis.from_url(world.stack.env["REDIS_URL"], socket_timeout=5)


def restart_empty(world: Ruins) -> None:
    """Kill the server and delete everything it wrote, before the supervisor looks again."""
    world.kill("redis")
    empty_redis(world.directory)


@contextmanager
def repeating(act: Callable[[Redis], object], world: Ruins, every_s: float) -> Iterator[None]:
    """Do it again and again beside the block; a server that is away is left alone."""
    over = threading.Event()

    def run() -> None:
        client = redis_of(world)
        while not over.wait(every_s):
            with suppress(RedisError):
                act(client)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def cut_everybody_off(client: Redis) -> None:
    """Close every client's connection but this one."""
    client.client_kill_filter(_type="normal", skipme=True)


def drop_messages(client: Redis) -> None:
    """Lose what waits and what is handed out."""
    client.delete(*QUEUES, *_HANDED_OUT)


@contextmanager
def doubling(world: Ruins) -> Iterator[Callable[[], int]]:
    """Push every message a second time as soon as it was pushed; tells how many that were."""
    over, ready, seen = threading.Event(), threading.Event(), set[str]()

    def run() -> None:
        pusher = redis_of(world)
        watcher = Redis.from_url(world.stack.env["REDIS_URL"], decode_responses=True)
        with watcher.monitor() as monitor:
            ready.set()
            while not over.is_set():
                _double(monitor.next_command()["command"], pusher, seen)

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield lambda: len(seen)
    finally:
        over.set()
        redis_of(world).ping()  # one more command, so that the watcher wakes up
        thread.join()


def _double(command: str, pusher: Redis, seen: set[str]) -> None:
    verb, _, rest = command.partition(" ")
    queue, _, pushed = rest.partition(" ")
    if verb.upper() != "LPUSH" or queue not in QUEUES:
        return
    for message in messages_in(pushed):
        if message not in seen:
            seen.add(message)
            pusher.lpush(queue, message)


def messages_in(pushed: str) -> list[str]:
    """The messages of one push: a sweep sends several at once, and MONITOR shows them side by side."""
    decoder, found, start = json.JSONDecoder(), list[str](), 0
    while start < len(pushed):
        _, end = decoder.raw_decode(pushed, start)
        found.append(pushed[start:end])
        start = end + 1
    return found
