"""Twenty in hand at once, and a backlog that a stopped worker finds when it is back."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from bench.loop_questions import QUESTIONS
from bench.memory_pss import look
from tests.unit.scripts.polling import eventually

pytestmark = pytest.mark.acceptance

WORKERS = ("worker-io", "worker-main")
#: Hints about a task do not pile up: one in hand, one that wakes, one of the sweep.
MESSAGES_PER_TASK = 3
CAPACITY, BACKLOG = QUESTIONS[:20], QUESTIONS[20:30]
RECEIVED = re.compile(r"tasks\.generate\[([0-9a-f-]{36})\] received")


@pytest.fixture
def redis(world):
    client = Redis.from_url(world.stack.env["REDIS_URL"], decode_responses=True)
    yield client
    client.close()


def test_capacity_twenty_in_hand_stay_below_512_megabytes(faults, redis):
    faults.arm("slow_ci", delay_ms=2000, times=None)
    with ThreadPoolExecutor(len(CAPACITY)) as pool:
        ids = list(pool.map(faults.ask, CAPACITY))
    pids = {name: faults.stack.supervisor.pids()[name] for name in WORKERS}
    looks, depths = [], []

    def all_are_done():
        looks.append(look(pids, 0).total_mb)
        depths.append(redis.llen("orchestrator"))
        return all(faults.is_at(task_id, "done") for task_id in ids)

    faults.until(all_are_done, "twenty tasks are done", timeout_s=90)
    assert max(looks) < 512
    assert max(depths) <= MESSAGES_PER_TASK * len(ids)
    faults.until(lambda: redis.llen("orchestrator") == 0, "no message is left")
    assert faults.stack.supervisor.pids().items() >= pids.items()
    assert [len(faults.commits_of(task_id)) for task_id in ids] == [1] * len(ids)


def consumers(redis):
    """Connections that Redis would give the next message to, were they dead a moment ago or not."""
    return sum(client["cmd"] == "brpop" for client in redis.client_list())


def backlog(redis):
    """Jobs that wait to draft an answer, the oldest first, with the task that each is about."""
    messages = [json.loads(message) for message in reversed(redis.lrange("orchestrator", 0, -1))]
    drafting = [one for one in messages if one["headers"]["task"] == "tasks.generate"]
    return {one["headers"]["id"]: json.loads(base64.b64decode(one["body"]))[0][0] for one in drafting}


def test_backlog_of_a_stopped_worker_is_taken_up_in_order_and_whole(world, redis):
    supervisor = world.stack.supervisor
    os.kill(supervisor.pids()["worker-io"], signal.SIGKILL)
    assert eventually(lambda: consumers(redis) < len(WORKERS))
    # Nobody ticks the supervisor while we ask, so the worker stays away.
    ids = [world.ask(question) for question in BACKLOG]
    assert {world.task(task_id)["task_state"] for task_id in ids} == {"queued"}
    assert eventually(lambda: len(backlog(redis)) >= len(ids))
    waiting = backlog(redis)
    assert list(dict.fromkeys(waiting.values())) == ids
    assert {world.reaches(task_id, "done")["code"] for task_id in ids} == {""}
    log = supervisor.log_of("worker-io").read_text(encoding="utf-8")
    assert [job_id for job_id in RECEIVED.findall(log) if job_id in waiting] == list(waiting)
    assert [len(world.commits_of(task_id)) for task_id in ids] == [1] * len(ids)
