"""Everybody asks at once, on databases as they are in production."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test import Client

from tasks_app.models import IdempotencyKey, QuestionKey, Task, TaskEvent
from tasks_app.pipeline.states import State, public_status
from tests.integration.api.asking import QUESTION, ask

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("world", "real_database")

THREADS = 20
POSTS = 200
CASES = (QUESTION, QUESTION.upper())


@pytest.fixture(autouse=True)
def _no_limit(settings):
    settings.SUBMIT_LIMIT_PER_MINUTE = 0


def all_at_once(post: Callable[[Client, int], object]) -> list[str]:
    """Run all posts on threads that start together; returns what each was answered, as text."""
    start = threading.Barrier(THREADS)

    def work(first: int) -> list[str]:
        client = Client()
        start.wait()
        try:
            return [json.dumps(post(client, number)) for number in range(first, POSTS, THREADS)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return [answer for answers in pool.map(work, range(THREADS)) for answer in answers]


def counts() -> list[int]:
    return [model.objects.count() for model in (Task, TaskEvent, QuestionKey)]


def test_200_equal_questions_become_one_task(courier):
    answers = all_at_once(lambda client, number: ask(client, CASES[number % 2]).json())
    assert len(answers) == POSTS
    assert len(set(answers)) == 1
    assert counts() == [1, 1, 1]
    assert len(courier.sent) == 1


def test_200_different_questions_become_200_tasks(courier):
    answers = all_at_once(lambda client, number: ask(client, f"How do I export report {number}?").json())
    assert len(set(answers)) == POSTS
    assert counts() == [POSTS, POSTS, POSTS]
    assert len(courier.sent) == POSTS


def test_a_question_that_came_free_is_taken_over_once(courier):
    first = ask(Client()).json()["task_id"]
    failed = {"state": State.FAILED.value, "status": public_status(State.FAILED).value}
    Task.objects.filter(pk=first).update(**failed)
    answers = all_at_once(lambda client, _number: ask(client).json())
    assert len(set(answers)) == 1
    assert first not in answers[0]
    assert counts() == [2, 2, 1]


def test_one_idempotency_key_with_many_bodies_is_bound_once():
    answers = all_at_once(
        lambda client, number: ask(client, f"Question {number % 5}?", **{"Idempotency-Key": "k"}).json()
    )
    winners = {answer for answer in answers if "task_id" in answer}
    assert len(winners) == 1
    assert IdempotencyKey.objects.count() == 1
    assert counts() == [1, 1, 1]
