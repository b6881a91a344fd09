"""What replay makes of the spool: each entry once, as a task or an alias, whatever is there already."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import get_user_model

from closedloop.adapters.redis_spool import ASIDE, ORDER
from closedloop.ports.spool import Spooled
from tasks_app.models import IdempotencyKey, QuestionKey, Task, TaskAlias
from tasks_app.pipeline.question import fingerprint
from tasks_app.services.replay import replay
from tests.integration.api.asking import QUESTION, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def spool(world):
    """Puts a submission into the spool and returns its id."""

    def put(question=QUESTION, key="", body_hash=""):
        spooled = Spooled(
            task_id=uuid.uuid4(),
            question=question,
            fingerprint=fingerprint(question),
            client="198.51.100.7",
            at=world.clock(),
            key=key,
            body_hash=body_hash,
        )
        return str(world.spool.keep(spooled, at_most=100).task_id)

    return put


def show(client, task_id):
    return client.get(f"/api/agent/tasks/{task_id}").json()


def test_a_question_that_is_a_task_already_becomes_its_alias(client, world, spool):
    task_id, alias = ask(client).json()["task_id"], spool()
    replay(world)
    assert Task.objects.count() == QuestionKey.objects.count() == 1
    body, other = show(client, task_id), show(client, alias)
    assert other == {**body, "task_id": alias, "alias_of": task_id, "stages": other["stages"]}
    assert (body["alias_of"], other["trace_id"]) == (None, task_id)


def test_a_replay_killed_before_the_removal_is_repeated_without_a_second_task(client, world, spool, redis):
    task_id = spool()
    (entry,) = world.spool.oldest(10)
    replay(world)
    redis.client.rpush(ORDER, entry.raw)
    assert replay(world) == 1
    assert [str(task.pk) for task in Task.objects.all()] == [task_id]
    assert (TaskAlias.objects.count(), world.spool.oldest(10)) == (0, [])


def test_a_replay_of_an_alias_killed_before_the_removal_is_repeated_too(client, world, spool, redis):
    task_id, alias = ask(client).json()["task_id"], spool()
    (entry,) = world.spool.oldest(10)
    replay(world)
    redis.client.rpush(ORDER, entry.raw)
    assert replay(world) == 1
    assert [(str(row.pk), str(row.task_id)) for row in TaskAlias.objects.all()] == [(alias, task_id)]


def test_what_was_sent_before_a_task_was_given_up_belongs_to_nobody(client, world, spool):
    task_id, later = ask(client).json()["task_id"], spool()
    Task.objects.update(state="failed", status="error")
    replay(world)
    assert {str(task.pk) for task in Task.objects.all()} == {task_id, later}


def test_a_key_that_is_bound_already_leads_to_its_task(client, world, spool):
    task_id = ask(client, **{"Idempotency-Key": "mine"}).json()["task_id"]
    Task.objects.update(state="failed", status="error")
    alias = spool(key="mine", body_hash=IdempotencyKey.objects.get().body_hash)
    replay(world)
    assert show(client, alias)["alias_of"] == task_id


def test_a_key_bound_to_another_body_meanwhile_does_not_undo_the_202(client, world, spool):
    task_id = ask(client, **{"Idempotency-Key": "mine"}).json()["task_id"]
    other = spool("Something else?", key="mine", body_hash="f" * 64)
    replay(world)
    assert show(client, other)["question"] == "Something else?"
    assert str(IdempotencyKey.objects.get().task_id) == task_id


def test_poison_is_set_aside_and_blocks_nothing(world, spool, redis):
    redis.client.rpush(ORDER, b"\xff poison")
    task_id = spool()
    assert replay(world) == 2
    assert Task.objects.filter(pk=task_id).exists()
    assert redis.client.lrange(ASIDE, 0, -1) == [b"\xff poison"]


def test_a_task_is_found_and_acted_on_by_its_alias(client, world, spool):
    task_id, alias = ask(client).json()["task_id"], spool()
    replay(world)
    client.force_login(get_user_model().objects.create_superuser("op", password="x"))
    address = f"/api/agent/tasks/{alias}/cancel"
    assert client.post(address, {"reason": "no more"}, content_type="application/json").status_code == 200
    assert Task.objects.get().state == "cancelled"
    found = client.get("/api/agent/tasks", {"search": alias}).json()["results"]
    assert [task["task_id"] for task in found] == [task_id]


def test_an_alias_finds_the_copy_while_the_database_is_away(world, spool, board, client):
    task_id, alias = ask(client).json()["task_id"], spool()
    replay(world)
    assert board.read(f"agent:task:{alias}") == {"alias_of": task_id}


def test_a_spool_that_is_away_does_not_stop_the_sweep(world, redis):
    redis.freeze()
    try:
        assert replay(world) == 0
    finally:
        redis.thaw()
