from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from closedloop.ports.courier import Hint
from tasks_app.models import QuestionKey, Task, TaskEvent
from tasks_app.pipeline.states import HOLDS_QUESTION, State, public_status
from tests.integration.api.asking import QUESTION, ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

RELEASED = sorted(frozenset(State) - HOLDS_QUESTION)


def put_into(task_id: str, state: State) -> None:
    Task.objects.filter(pk=task_id).update(state=state.value, status=public_status(state).value)


def test_a_question_is_answered_202_with_where_to_look(client):
    answer = ask(client)
    body = answer.json()
    task_id = str(UUID(body["task_id"]))
    url = f"http://testserver/api/agent/tasks/{task_id}"
    assert answer.status_code == 202
    eta = "2026-03-01T12:01:09.500000Z"  # what every stage takes while nothing was learnt
    known = {"task_id": task_id, "trace_id": task_id, "status": "queued", "status_url": url, "eta": eta}
    assert body == known
    assert answer.headers["Location"] == url


def test_the_task_is_stored_with_its_first_event(client, clock):
    task = Task.objects.get(pk=ask(client).json()["task_id"])
    assert (task.question, task.state, task.status) == (QUESTION, "queued", "queued")
    assert (task.created_at, task.trace_id) == (clock.now, task.task_id)
    assert [(e.event, e.from_state, e.to_state, e.actor) for e in TaskEvent.objects.all()] == [
        ("submit", "", "queued", "127.0.0.1")
    ]


def test_the_row_alone_brings_the_task_to_a_worker(client, clock, courier):
    courier.is_away = True
    task = Task.objects.get(pk=ask(client).json()["task_id"])
    assert task.next_look_at is not None
    assert task.next_look_at <= clock.now + timedelta(seconds=1)
    assert task.deadline_at is not None


def test_a_hint_names_the_new_task(client, courier):
    task_id = ask(client).json()["task_id"]
    assert courier.sent == [Hint(jobs=("tasks.generate", "tasks.judge"), row_id=task_id)]


def test_the_board_shows_the_task_and_who_holds_the_question(client, board, clock):
    task_id = ask(client).json()["task_id"]
    key = QuestionKey.objects.get()
    copy = board.read(f"agent:task:{task_id}")
    shown = {name: value for name, value in copy.items() if value}
    at = clock.now.isoformat()
    assert shown == {
        "status": "queued", "task_state": "queued", "question": QUESTION, "trace_id": task_id,
        "created_at": at, "updated_at": at,
    }  # fmt: skip
    assert board.pins[f"agent:faq:hash:{key.hash}"].value == task_id
    assert {pin.ttl_s for pin in board.pins.values()} == {3600}


@pytest.mark.parametrize("again", [QUESTION, "how do i  EXPORT my data?", f" {QUESTION}\n"])
def test_the_same_question_is_the_same_task(client, courier, again):
    first = ask(client).json()
    assert ask(client, again).json() == first
    assert Task.objects.count() == TaskEvent.objects.count() == len(courier.sent) == 1


def test_a_duplicate_tells_how_far_the_task_is(client):
    put_into(ask(client).json()["task_id"], State.AWAITING_CI)
    assert ask(client).json()["status"] == "running"


def test_after_an_hour_the_question_is_a_new_task(client, clock):
    first = ask(client).json()["task_id"]
    clock.advance(minutes=59)
    assert ask(client).json()["task_id"] == first
    clock.advance(minutes=1)
    second = ask(client).json()["task_id"]
    assert second != first
    assert ask(client).json()["task_id"] == second


@pytest.mark.parametrize("state", RELEASED)
def test_a_task_that_came_to_nothing_gives_its_question_back(client, state):
    first = ask(client).json()["task_id"]
    put_into(first, state)
    second = ask(client).json()["task_id"]
    assert second != first
    assert ask(client).json()["task_id"] == second


@pytest.mark.parametrize("state", sorted(HOLDS_QUESTION))
def test_every_other_state_holds_the_question(client, state):
    first = ask(client).json()["task_id"]
    put_into(first, state)
    assert ask(client).json()["task_id"] == first
