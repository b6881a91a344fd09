"""Messages pressed in bulk are what Celery would have sent, as a consumer of the real broker sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection
from redis import Redis

from closedloop.adapters.celery_stamps import StampedCourier
from closedloop.adapters.redis_board import RedisBoard
from closedloop.celery import app
from closedloop.ports.board import Pin
from closedloop.ports.courier import FanOut, Hint
from tests.fakes.courier import FakeCourier
from tests.integration.metrics.redis_server import running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kombu.message import Message

ROOT = Path(__file__).parents[3]
CHAIN = ("tasks.generate", "tasks.judge")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis(redis_url) -> Iterator[Any]:
    client = Redis.from_url(redis_url, decode_responses=True)
    client.flushall()
    yield client
    client.close()


def received(url: str, queue: str, count: int) -> list[Message]:
    with Connection(url) as connection, connection.SimpleQueue(queue) as waiting:
        messages = [waiting.get(timeout=5) for _ in range(count)]
        for message in messages:
            message.ack()
        return messages


def test_a_chain_arrives_with_its_row_and_ids_of_its_own(redis, redis_url):
    usual = FakeCourier()
    courier = StampedCourier(app, redis, usual)
    assert courier.send([Hint(jobs=CHAIN, row_id=row) for row in ("row-a", "row-b")])
    first, second = received(redis_url, "orchestrator", 2)
    assert [message.payload[0] for message in (first, second)] == [["row-a"], ["row-b"]]
    assert [message.headers["task"] for message in (first, second)] == ["tasks.generate"] * 2
    (follower,) = first.payload[2]["chain"]
    assert (follower["task"], follower["args"], follower["immutable"]) == ("tasks.judge", ["row-a"], True)
    assert first.headers["id"] == first.headers["root_id"] == first.properties["correlation_id"]
    assert first.headers["id"] != second.headers["id"]
    assert follower["options"]["task_id"] != second.payload[2]["chain"][0]["options"]["task_id"]
    assert usual.sent == []


def test_each_job_goes_to_the_queue_that_it_declares(redis):
    jobs = ["tasks.depart", "rollback.wake", "tasks.sweep", "rollback.sweep"]
    StampedCourier(app, redis, FakeCourier()).send([Hint(jobs=(job,), row_id="-") for job in jobs])
    lengths = {queue: redis.llen(queue) for queue in ("orchestrator", "main")}
    assert lengths == {"orchestrator": 2, "main": 2}


def test_what_is_delayed_or_fans_out_goes_the_usual_way(redis):
    usual = FakeCourier()
    others: list[Hint | FanOut] = [
        Hint(jobs=CHAIN, row_id="row", delay_s=0.3),
        FanOut(member="rollback.probe", member_ids=("1", "2"), body="rollback.verify", row_id="row"),
    ]
    StampedCourier(app, redis, usual).send(others)
    assert usual.sent == others
    assert redis.keys("*") == []


def test_notes_replace_each_other_whole_and_fade(redis):
    board = RedisBoard(redis)
    board.pin("agent:task:1", {"status": "queued", "job_id": "7"}, ttl_s=3600)
    board.pin_all(
        [
            Pin(key="agent:task:1", value={"status": "ключ"}, ttl_s=3600),
            Pin(key="agent:faq:hash:x", value="1", ttl_s=60),
        ]
    )
    assert board.read("agent:task:1") == {"status": "ключ"}
    assert (redis.get("agent:faq:hash:x"), board.read("agent:task:2")) == ("1", None)
    assert 3590 < redis.ttl("agent:task:1") <= 3600
    assert 50 < redis.ttl("agent:faq:hash:x") <= 60


def test_a_process_that_has_done_nothing_else_can_press():
    """Routes are read from a configuration that nobody has loaded yet, and no job module is imported."""
    script = (
        "import sys, closedloop.wsgi; from closedloop.celery import app;"
        "from closedloop.adapters.celery_stamps import cut_stamp;"
        "print(cut_stamp(app, ('tasks.generate', 'tasks.judge')).queue, 'tasks_app.tasks' in sys.modules)"
    )
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("orchestrator False\n", "")
