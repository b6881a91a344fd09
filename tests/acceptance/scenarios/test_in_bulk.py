"""Twenty in hand at once, and a backlog that a stopped worker finds when it is back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import psutil
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


def test_backlog_of_a_stopped_worker_is_taken_up_in_order_and_whole(world):
    supervisor = world.stack.supervisor
    worker = psutil.Process(supervisor.pids()["worker-io"])
    worker.kill()
    assert eventually(lambda: worker.status() == psutil.STATUS_ZOMBIE)
    # Nobody ticks the supervisor while we ask, so the worker stays away.
    ids = [world.ask(question) for question in BACKLOG]
    assert {world.task(task_id)["task_state"] for task_id in ids} == {"queued"}
    jobs = {world.reaches(task_id, "done")["job_id"]: task_id for task_id in ids}
    log = supervisor.log_of("worker-io").read_text(encoding="utf-8")
    taken = [jobs[job_id] for job_id in RECEIVED.findall(log) if job_id in jobs]
    assert taken == ids
    assert [len(world.commits_of(task_id)) for task_id in ids] == [1] * len(ids)
