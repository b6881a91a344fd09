"""Copies of tasks on a Redis that was flushed come back, and never instead of newer ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from closedloop import wiring
from closedloop.adapters.redis_board import RedisBoard
from tasks_app.models import Task
from tasks_app.services.projection import publish
from tasks_app.services.refresh import refresh_board
from tests.integration.api.asking import ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def copies(redis):
    with Redis.from_url(redis.url, decode_responses=True) as client:
        yield client


@pytest.fixture
def world(world, copies):
    ports = replace(world, board=RedisBoard(copies))
    with wiring.use(ports, everywhere=True):
        yield ports


def test_a_flushed_redis_gets_the_copies_of_open_tasks_back(client, world, copies):
    ids = [ask(client, f"Question {number}?").json()["task_id"] for number in range(3)]
    refresh_board(world)
    copies.flushall()
    refresh_board(world)
    assert [copies.hget(f"agent:task:{task_id}", "task_state") for task_id in ids] == ["queued"] * 3
    assert 3500 < copies.ttl(f"agent:task:{ids[0]}") <= 3600


def test_what_ended_long_ago_stays_away(client, world, copies):
    task_id = ask(client).json()["task_id"]
    long_ago = world.clock() - timedelta(hours=2)
    Task.objects.update(state="done", status="done", settled_at=long_ago)
    copies.flushall()
    refresh_board(world)
    assert not copies.exists(f"agent:task:{task_id}")


def test_a_newer_copy_is_left_alone_and_stays_longer(client, world, copies):
    task = Task.objects.get(pk=ask(client).json()["task_id"])
    copies.flushall()
    newer = Task(**{field.attname: getattr(task, field.attname) for field in Task._meta.concrete_fields})
    newer.state, newer.status = "generating", "running"
    publish(newer, world)
    copies.expire(f"agent:task:{task.pk}", 5)
    refresh_board(world)
    assert copies.hget(f"agent:task:{task.pk}", "task_state") == "generating"
    assert copies.ttl(f"agent:task:{task.pk}") > 3500


def test_without_a_loss_nothing_is_gone_through(client, world, copies):
    task_id = ask(client).json()["task_id"]
    refresh_board(world)
    copies.delete(f"agent:task:{task_id}")
    refresh_board(world)
    assert not copies.exists(f"agent:task:{task_id}")


def test_a_board_that_is_away_does_not_stop_the_sweep(world, redis):
    redis.freeze()
    try:
        away = replace(world, board=RedisBoard(Redis(port=redis.port, socket_timeout=0.2)))
        assert refresh_board(away) == 0
    finally:
        redis.thaw()
