from __future__ import annotations

import pytest

from tasks_app.models import IdempotencyKey, QuestionKey, Task
from tests.integration.api.asking import QUESTION, ask, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

KEY = {"Idempotency-Key": "3f1c9a52-7d"}


def test_the_same_key_and_body_is_the_same_answer(client, courier):
    first = ask(client, **KEY)
    again = ask(client, **KEY)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(courier.sent) == 1


def test_the_same_key_with_another_body_is_refused_and_nothing_is_stored(client):
    ask(client, **KEY)
    assert_problem(ask(client, "Something else?", **KEY), 422, "idempotency_key_reused")
    assert Task.objects.count() == QuestionKey.objects.count() == 1


def test_another_key_for_the_same_question_is_the_same_task(client):
    first = ask(client, **KEY).json()
    assert ask(client, **{"Idempotency-Key": "another"}).json() == first
    assert IdempotencyKey.objects.count() == 2


def test_a_key_keeps_its_task_also_when_that_failed(client):
    first = ask(client, **KEY).json()["task_id"]
    Task.objects.filter(pk=first).update(state="failed", status="error")
    assert ask(client, **KEY).json()["task_id"] == first


def test_a_key_may_be_used_anew_after_an_hour(client, clock):
    first = ask(client, **KEY).json()["task_id"]
    clock.advance(hours=1)
    second = ask(client, "Something else?", **KEY)
    assert second.status_code == 202
    assert second.json()["task_id"] != first
    assert IdempotencyKey.objects.get().task_id == Task.objects.get(question="Something else?").pk


def test_a_question_without_a_key_joins_one_with_a_key(client):
    first = ask(client, **KEY).json()
    assert ask(client, QUESTION).json() == first
