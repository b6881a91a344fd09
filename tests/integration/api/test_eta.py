"""When a task will be done, as clients read it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tasks_app.models import DurationSample, Lane, PullRequest, Task
from tasks_app.pipeline.states import SETTLED, State, public_status
from tasks_app.services import learning, outlook
from tests.integration.api.asking import ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture(autouse=True)
def _repository(settings) -> None:
    settings.GITHUB_REPO = "acme/handbook"


def eta_of(client, task_id) -> str | None:
    told: str | None = client.get(f"/api/agent/tasks/{task_id}").json()["eta"]
    return told


def put(task_id: str, state: State, clock) -> None:
    outlook.forget()
    Task.objects.filter(pk=task_id).update(
        state=state.value, status=public_status(state).value, entered_at=clock.now
    )


def test_the_promise_is_kept_and_told_again_to_who_asks_again(client, clock):
    first = ask(client).json()
    assert Task.objects.get().promised_at == datetime.fromisoformat(first["eta"])
    clock.advance(seconds=20)
    assert ask(client).json() == first


def test_a_promise_that_was_broken_is_not_repeated(client, clock):
    ask(client)
    clock.advance(seconds=300)
    assert datetime.fromisoformat(ask(client).json()["eta"]) > clock.now


def test_list_and_status_tell_the_same(client):
    task_id = ask(client).json()["task_id"]
    listed = client.get("/api/agent/tasks").json()["results"][0]
    assert listed["eta"] == eta_of(client, task_id) is not None


@pytest.mark.parametrize("state", sorted(State))
def test_every_open_task_that_waits_for_nobody_has_an_end_ahead(client, clock, state):
    task_id = ask(client).json()["task_id"]
    put(task_id, state, clock)
    clock.advance(hours=1)
    eta = eta_of(client, task_id)
    waits = state in SETTLED | {State.NEEDS_OPERATOR, State.AWAITING_APPROVAL}
    assert (eta is None) is waits
    assert eta is None or clock.now < datetime.fromisoformat(eta) < clock.now + timedelta(minutes=5)


@pytest.mark.parametrize("column", ["held_at", "cancel_requested_at"])
def test_what_is_held_or_to_be_cancelled_has_no_end_to_tell(client, column):
    task_id = ask(client).json()["task_id"]
    Task.objects.update(**{column: timezone.now()})
    assert eta_of(client, task_id) is None


def test_the_end_comes_nearer_from_state_to_state(client, clock):
    task_id = ask(client).json()["task_id"]
    way = [State.QUEUED, State.GENERATING, State.WAITING_FOR_LANE, State.PUBLISHING, State.AWAITING_CI]
    ends = []
    for state in [*way, State.MERGING, State.DEPLOYING, State.VERIFYING]:
        put(task_id, state, clock)
        ends.append(str(eta_of(client, task_id)))
    assert ends == sorted(ends, reverse=True)


def test_what_ci_usually_takes_and_who_is_in_flight_count(client, clock):
    sample = {"repo": "acme/handbook", "subject": "stage", "name": "awaiting_ci", "at": clock.now}
    DurationSample.objects.bulk_create([DurationSample(**sample, took=timedelta(minutes=9))] * 3)
    lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    known = {"lane": lane, "state": "awaiting_ci", "created_at": clock.now, "entered_at": clock.now}
    free = ask(client, "While the lane is free?").json()["eta"]
    lane.pull = PullRequest.objects.create(head_branch="ours", **known)
    lane.save()
    outlook.forget()
    learning.forget()
    taken = ask(client, "While it is taken?").json()["eta"]
    ends = [datetime.fromisoformat(eta) - clock.now for eta in (free, taken)]
    assert [end // timedelta(minutes=1) for end in ends] == [9, 18]
