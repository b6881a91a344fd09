from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.states import Event, PullState, State
from tasks_app.services.projection import publish
from tasks_app.services.transition import Happening, move_task
from tests.integration.api.asking import QUESTION, ask, assert_problem

pytestmark = pytest.mark.usefixtures("world")

RFC_FIELDS = {
    "status", "question", "trace_id", "job_id", "pr_url", "state", "task_state", "created_at", "updated_at",
    "started_at", "finished_at", "worker_instance", "worker_version", "error_msg", "task_id",
}  # fmt: skip


def show(client, task_id: object):
    return client.get(f"/api/agent/tasks/{task_id}")


def move(task: Task, event: Event, clock, *, code: str = "", detail: str = "") -> None:
    happening = Happening(event=event, actor="worker-1", code=code, detail=detail)
    move_task(task, happening, now=clock.now)


def pull_in(state: PullState, clock) -> PullRequest:
    lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    return PullRequest.objects.create(
        lane=lane, state=state, head_branch=f"b-{state}", created_at=clock.now, entered_at=clock.now
    )


@pytest.mark.django_db
def test_a_task_shows_the_fields_of_the_rfc_and_where_it_comes_from(client):
    task_id = ask(client).json()["task_id"]
    body = show(client, task_id).json()
    assert body.keys() >= RFC_FIELDS
    assert (body["task_id"], body["question"], body["status"]) == (task_id, QUESTION, "queued")
    assert (body["task_state"], body["state"], body["version"]) == ("queued", None, 0)
    assert body["source"] == "database"
    assert body["links"]["self"] == f"http://testserver/api/agent/tasks/{task_id}"


@pytest.mark.django_db
def test_the_stages_have_their_seconds(client, clock):
    task = Task.objects.get(pk=ask(client).json()["task_id"])
    clock.advance(seconds=1.5)
    move(task, Event.START, clock)
    clock.advance(seconds=2)
    move(task, Event.FAIL, clock, code="model_away", detail="no answer")
    clock.advance(hours=1)
    body = show(client, task.pk).json()
    stages = [(stage["state"], stage["seconds"]) for stage in body["stages"]]
    assert stages == [("queued", 1.5), ("generating", 2.0), ("failed", 0.0)]
    assert [event["event"] for event in body["timeline"]] == ["submit", "start", "fail"]
    assert (body["status"], body["code"], body["error_msg"]) == ("error", "model_away", "no answer")
    assert body["version"] == 2


@pytest.mark.django_db
def test_a_stage_under_way_lasts_until_now(client, clock):
    task_id = ask(client).json()["task_id"]
    clock.advance(seconds=40)
    assert show(client, task_id).json()["stages"] == [
        {"state": "queued", "entered_at": "2026-03-01T12:00:00Z", "left_at": None, "seconds": 40.0}
    ]


@pytest.mark.django_db
def test_the_address_of_who_asked_stays_inside(client):
    task_id = ask(client).json()["task_id"]
    assert "127.0.0.1" not in show(client, task_id).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pull_state", "word"),
    [
        (PullState.PUBLISHING, None),
        (PullState.AWAITING_CI, "open"),
        (PullState.MERGING, "open"),
        (PullState.MERGED, "merged"),
        (PullState.ABANDONED, "closed"),
    ],
)
def test_state_is_that_of_the_pull_request(client, clock, pull_state, word):
    task_id = ask(client).json()["task_id"]
    Task.objects.filter(pk=task_id).update(pull=pull_in(pull_state, clock))
    assert show(client, task_id).json()["state"] == word


@pytest.mark.django_db
def test_an_unknown_id_is_not_found(client):
    task_id = uuid.uuid4()
    assert assert_problem(show(client, task_id), 404, "unknown_task")["trace_id"] == str(task_id)


def test_while_the_database_is_away_the_last_copy_is_shown(client, clock, world, database_away):
    now = clock.now - timedelta(minutes=5)
    task = Task(
        question=QUESTION, state=State.AWAITING_CI, status="running", created_at=now, started_at=now,
        pr_url="https://forge.test/pull/7",
    )  # fmt: skip
    publish(task, world)
    body = show(client, task.pk).json()
    assert body.keys() >= RFC_FIELDS
    assert (body["task_id"], body["status"], body["task_state"]) == (str(task.pk), "running", "awaiting_ci")
    assert (body["question"], body["pr_url"], body["finished_at"]) == (QUESTION, task.pr_url, None)
    assert (body["source"], body["timeline"], body["error_msg"]) == ("cache", [], "")


def test_an_id_that_the_board_does_not_know_may_still_be_a_task(client, database_away):
    assert_problem(show(client, uuid.uuid4()), 503, "unavailable")


def test_with_both_stores_away_the_answer_is_503(client, board, database_away):
    board.is_away = True
    answer = show(client, uuid.uuid4())
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_a_submission_without_a_database_is_refused_whole(client, board, courier, database_away):
    answer = ask(client)
    assert_problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert (board.pins, courier.sent) == ({}, [])


@pytest.mark.django_db
def test_the_copy_has_the_fields_that_the_database_answer_has(client, board, world):
    task = Task.objects.get(pk=ask(client).json()["task_id"])
    stored = show(client, task.pk).json()
    assert set(board.read(f"agent:task:{task.pk}")) <= set(stored)
