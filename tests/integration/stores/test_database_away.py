"""Questions sent while a real database is locked, stopped or frozen: kept, shown, and brought in later."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import OperationalError, connections
from django.test import Client

from tasks_app.models import IdempotencyKey, Task, TaskEvent
from tasks_app.services.errors import QueueFull
from tasks_app.services.outage import DatabaseAway, Outage
from tasks_app.services.replay import replay
from tests.integration.api.asking import QUESTION, ask, ask_raw, assert_problem

#: On a busy machine; the limit itself is 0.6 s of waiting.
AT_ONCE_S = 1.0


def timed(act):
    began = time.monotonic()
    answer = act()
    return answer, time.monotonic() - began


def show(client, task_id):
    return client.get(f"/api/agent/tasks/{task_id}")


def spooled(client, question=QUESTION, **headers):
    answer = ask(client, question, **headers)
    assert (answer.status_code, answer.json().get("stored")) == (202, "spool"), answer.content
    return answer.json()["task_id"]


@pytest.fixture
def away(client, outage):
    """The process has worked before: it has connections, which die too."""
    ask(client, "Was anything here before?")
    outage.begin()
    return outage


def test_a_question_is_taken_within_a_second_and_becomes_that_task(client, away, world):
    answer, took_s = timed(lambda: ask(client))
    body = answer.json()
    assert (answer.status_code, body["status"], body["stored"]) == (202, "queued", "spool")
    assert took_s < AT_ONCE_S
    away.end()
    assert replay(world) == 1
    task = Task.objects.get(pk=body["task_id"])
    assert (task.question, task.state, str(task.trace_id)) == (QUESTION, "queued", body["trace_id"])
    assert [event.event for event in TaskEvent.objects.filter(task=task)] == ["submit"]
    assert replay(world) == 0


def test_only_the_first_waits_for_the_database(client, away):
    spooled(client)
    _, took_s = timed(lambda: [spooled(client, f"Question {number}?") for number in range(5)])
    assert took_s < AT_ONCE_S


def test_many_at_once_get_one_id(away):
    def one(_):
        try:
            return ask(Client()).json()["task_id"]
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(one, range(40)))
    assert len(ids) == 1


def test_the_status_shows_that_it_waits(client, away):
    task_id = spooled(client)
    answer, took_s = timed(lambda: show(client, task_id))
    body = answer.json()
    assert took_s < AT_ONCE_S
    assert (body["task_id"], body["status"], body["task_state"]) == (task_id, "queued", "queued")
    assert (body["stored"], body["question"]) == ("spool", QUESTION)


# A frozen server goes on with what it was sent: there the row may be stored before the replay.
@pytest.mark.parametrize("outage", ["sqlite locked", "postgresql stopped"], indirect=True)
def test_between_the_return_and_the_replay_it_is_still_shown(client, away, world):
    task_id = spooled(client)
    away.end()
    assert show(client, task_id).json()["stored"] == "spool"
    assert spooled(client) == task_id
    replay(world)
    assert show(client, task_id).json()["stored"] == "database"
    assert ask(client).json() == {**ask(client).json(), "task_id": task_id}


def test_validation_is_the_same(client, away):
    assert_problem(ask(client, "  "), 400, "question_empty")
    assert_problem(ask(client, 7), 400, "wrong_type")
    assert_problem(ask_raw(client, b"{"), 400, "malformed")
    assert_problem(ask(client, **{"Idempotency-Key": "a b"}), 400, "idempotency_key_invalid")


def test_an_idempotency_key_is_kept_and_bound(client, away, world):
    task_id = spooled(client, **{"Idempotency-Key": "mine"})
    assert spooled(client, **{"Idempotency-Key": "mine"}) == task_id
    assert_problem(ask(client, "Another?", **{"Idempotency-Key": "mine"}), 422, "idempotency_key_reused")
    assert spooled(client, **{"Idempotency-Key": "other"}) == task_id
    away.end()
    replay(world)
    bound = IdempotencyKey.objects.values_list("key", "task_id").order_by("key")
    assert list(bound) == [("mine", uuid.UUID(task_id)), ("other", uuid.UUID(task_id))]
    assert ask(client, **{"Idempotency-Key": "mine"}).json()["task_id"] == task_id


def test_order_is_kept(client, away, world):
    ids = [spooled(client, f"Question {number}?") for number in range(10)]
    away.end()
    replay(world)
    stored = TaskEvent.objects.filter(task__in=ids).order_by("pk").values_list("task_id", flat=True)
    assert [str(task_id) for task_id in stored] == ids


# A frozen server may still do what it was sent: what is promised is only that the same may be sent again.
@pytest.mark.parametrize("outage", ["sqlite locked", "postgresql stopped"], indirect=True)
def test_with_redis_away_too_nothing_is_stored_and_the_answer_says_when_to_come_back(
    client, away, redis, world
):
    redis.freeze()
    try:
        answer, took_s = timed(lambda: ask(client))
    finally:
        redis.thaw()
    assert_problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert took_s < 2 * AT_ONCE_S
    away.end()
    assert not Task.objects.filter(question=QUESTION).exists()


def test_a_spool_that_could_lose_something_takes_nothing(client, away, redis):
    redis.client.config_set("appendfsync", "everysec")
    try:
        assert_problem(ask(client), 503, "database_unavailable")
    finally:
        redis.client.config_set("appendfsync", "always")
    assert redis.client.keys("agent:spool:*") == []


def test_a_restart_alone_is_not_noticed(client, postgresql):
    ask(client, "Was anything here before?")
    stop, start = postgresql.troubles["stopped"]
    stop()
    start()
    assert "stored" not in ask(client).json()


def test_a_list_answers_503_within_a_second(client, postgresql):
    client.get("/api/agent/tasks")
    freeze, thaw = postgresql.troubles["frozen"]
    freeze()
    try:
        answer, took_s = timed(lambda: client.get("/api/agent/tasks"))
    finally:
        thaw()
    assert_problem(answer, 503, "database_unavailable")
    assert took_s < AT_ONCE_S


def test_many_writers_at_once_are_no_outage(locked_sqlite, world):
    def one(number):
        try:
            return "stored" in ask(Client(), f"Question {number}?").json()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(30) as pool:
        assert not any(pool.map(one, range(300)))
    assert Task.objects.count() == 300


@pytest.mark.django_db
def test_an_answer_that_refuses_is_an_answer():
    outage = Outage()
    with pytest.raises(DatabaseAway):
        outage.ask(refuse_with(OperationalError))
    outage._until_s = time.monotonic()
    with pytest.raises(QueueFull):
        outage.ask(refuse_with(partial(QueueFull, "too many")))
    assert outage.ask(lambda: "stored") == "stored"


def refuse_with(error):
    def ask():
        raise error()

    return ask
