"""Redis and the database away for a while, in the running loop: whatever was accepted ends, once."""

from __future__ import annotations

import os
import signal
import time

import pytest
from redis import Redis

from bench.outages_count import Asker
from bench.outages_postgres import postgres_server
from bench.outages_troubles import frozen, killed, locked, stopped
from tests.acceptance.world import running

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(400)]

#: Longer than any time-out of a web process or of the workers' broker connections.
AWAY_S = 8.0


@pytest.fixture(scope="module")
def asker(world):
    with Asker(world.stack, world.directory) as opened:
        yield opened


def base(world):
    return world.directory / "closedloop.sqlite3"


def assert_whole(outcome, *, within_ms=1500.0):
    assert (outcome.refused, outcome.lost, outcome.doubled) == ([], 0, 0), outcome
    assert len(outcome.accepted) >= 5
    assert outcome.slowest_ms < within_ms


@pytest.mark.parametrize("way", [killed, frozen])
def test_what_is_accepted_without_redis_is_done_when_it_is_back(world, asker, way):
    assert_whole(asker.live_through(way(world.stack, "redis"), AWAY_S))


def test_what_is_accepted_while_sqlite_is_locked_is_done_afterwards(world, asker):
    assert_whole(asker.live_through(locked(base(world)), AWAY_S))


def test_what_is_accepted_while_postgresql_is_stopped_is_done_afterwards(tmp_path):
    with (
        postgres_server() as server,
        running(tmp_path, DATABASE_URL=server.url) as world,
        Asker(world.stack, tmp_path) as asker,
    ):
        asker.ask()
        assert_whole(asker.live_through(stopped(server), AWAY_S))


def test_spooled_questions_survive_kill_9_of_the_spool(world):
    with locked(base(world)):
        ids = [world.ask(f"Wo steht das Kleingedruckte, Teil {number}? 📎") for number in range(5)]
        os.kill(world.stack.supervisor.pids()["spool"], signal.SIGKILL)
        world.until(lambda: world.stack.supervisor.pids().get("spool") is None, "the death is noticed")
        world.until(lambda: world.stack.supervisor.is_ready(["spool"]), "the spool is back")
        assert [world.task(task_id)["stored"] for task_id in ids] == ["spool"] * 5
    for task_id in ids:
        world.reaches(task_id, "done", "declined")


def test_with_everything_away_the_answer_says_when_to_come_back(world):
    question = {"question": "Is anybody there at all?"}
    with locked(base(world)), frozen(world.stack, "redis", "spool"):
        began = time.monotonic()
        answer = world.web.post("/api/agent/faq", json=question)
        assert time.monotonic() - began < 2
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "database_unavailable"
    assert world.rows("SELECT 1 FROM agent_tasks WHERE question = ?", question["question"]) == []


def test_a_flushed_redis_costs_nothing(world, asker):
    with Redis.from_url(world.stack.env["REDIS_URL"]) as redis:
        redis.flushall()
        assert asker.ask() in {"done", "declined"}


def test_a_redis_without_memory_takes_no_question_with_it(world, asker):
    with Redis.from_url(world.stack.env["REDIS_URL"]) as redis:
        redis.config_set("maxmemory", 1)
        accepted = world.ask("How much memory does the memory need?")
        redis.config_set("maxmemory", 0)
    world.reaches(accepted, "done", "declined")
