"""The only writer of a task's state: what one move writes, in one transaction, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sentry_sdk
from django.db import transaction

from tasks_app.models import Task, TaskEvent
from tasks_app.pipeline.machine import IllegalEvent
from tasks_app.pipeline.states import TASK, Event, State, Status, public_status
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services.commit import LostClaim
from tasks_app.services.projection import task_key
from tasks_app.services.transition import Happening, move_task, move_tasks

EDGES = [
    (state, event, target)
    for state, edges in TASK.table.items()
    for event, targets in edges.items()
    for target in sorted(targets)
]
START = Happening(event=Event.START, actor="worker@test")


def a_task(town, state: State = State.QUEUED, number: int = 1, **columns: Any) -> Task:
    task_id = UUID(int=number)
    return Task.objects.create(
        task_id=task_id, trace_id=task_id, question="Why?", fingerprint=f"f{number}", state=state,
        status=public_status(state), created_at=town.now, entered_at=town.now, next_look_at=town.now,
        **columns,
    )  # fmt: skip


def stored(task: Task, *names: str) -> tuple[object, ...]:
    found: tuple[object, ...] = Task.objects.values_list(*names).get(pk=task.pk)
    return found


@pytest.mark.parametrize(("state", "event", "target"), EDGES)
def test_every_edge_can_be_gone_and_keeps_the_public_status_true(town, state, event, target):
    task, later = a_task(town, state), town.now + timedelta(seconds=9)
    move_task(task, Happening(event=event, actor="olga", to=target), now=later)
    names = ("state", "status", "fence", "entered_at", "deadline_at", "updated_at")
    expected = (target, public_status(target), 1, later, deadline_after(target, later), later)
    assert stored(task, *names) == expected
    assert tuple(getattr(task, name) for name in names) == expected


def test_a_move_is_told_with_who_when_and_why(town):
    task = a_task(town, State.MERGING)
    why = Happening(event=Event.FAIL, actor="olga", code="merge_refused", detail="403")
    move_task(task, why, now=town.now)
    (told,) = TaskEvent.objects.values_list("task", "at", "event", "from_state", "to_state", "code", "detail")
    assert told == (task.pk, town.now, "fail", "merging", "failed", "merge_refused", "403")
    assert TaskEvent.objects.get().actor == "olga"
    assert stored(task, "code", "error_msg", "left_state") == ("merge_refused", "403", "merging")


def test_a_move_frees_the_row_and_takes_the_callers_columns_along(town):
    lease = town.now + timedelta(seconds=30)
    task = a_task(town, State.GENERATING, attempts=3, lease_until=lease, lease_owner="worker@test")
    happening = Happening(event=Event.DRAFT, actor="worker@test", detail="by the model")
    move_task(task, happening, now=town.now, answer="Because.", next_look_at=lease)
    freed = ("attempts", "lease_until", "lease_owner", "error_msg", "code", "left_state", "finished_at")
    assert stored(task, *freed) == (0, None, "", "", "", "", None)
    assert stored(task, "answer", "next_look_at") == ("Because.", lease)
    assert (task.answer, task.next_look_at) == ("Because.", lease)


def test_who_waits_for_nobody_in_particular_has_no_next_look(town):
    task = a_task(town)
    move_task(task, START, now=town.now)
    assert stored(task, "next_look_at") == (None,)


def test_generating_begins_once_and_counts_the_models_attempts_anew(town):
    task, later = a_task(town, model_attempts=2), town.now + timedelta(minutes=1)
    move_task(task, START, now=town.now)
    assert stored(task, "started_at", "model_attempts") == (town.now, 0)
    for event, to in ((Event.FAIL, None), (Event.RETRY, State.GENERATING)):
        Task.objects.update(model_attempts=3)
        move_task(task, Happening(event=event, actor="olga", to=to), now=later)
    assert stored(task, "started_at", "model_attempts") == (town.now, 0)


def test_other_states_leave_the_models_attempts_and_the_beginning_alone(town):
    task = a_task(town, State.GENERATING, model_attempts=2)
    move_task(task, Happening(event=Event.DRAFT, actor="worker@test"), now=town.now)
    assert stored(task, "started_at", "model_attempts") == (None, 2)


def test_the_day_it_counts_on_is_that_of_its_first_ending(town):
    task, later = a_task(town, State.VERIFYING), town.now + timedelta(days=1)
    names = ("finished_at", "settled_at", "settled_state")
    move_task(task, Happening(event=Event.VERIFY, actor="worker@test"), now=town.now)
    assert stored(task, *names) == (town.now, town.now, "done")
    move_task(task, Happening(event=Event.ROLL_BACK, actor="olga"), now=later)
    assert stored(task, *names) == (None, town.now, "done")
    move_task(task, Happening(event=Event.CONFIRM_ROLLBACK, actor="policy"), now=later)
    assert stored(task, *names) == (later, town.now, "done")


@pytest.mark.parametrize("state", [State.DONE, State.CANCELLED])
def test_an_event_that_the_table_does_not_have_changes_nothing(town, state):
    task = a_task(town, state)
    with pytest.raises(IllegalEvent):
        move_task(task, START, now=town.now)
    assert (stored(task, "state", "fence"), task.fence) == ((state, 0), 0)
    assert not TaskEvent.objects.exists()


@pytest.mark.parametrize("change", [{"fence": 7}, {"state": State.CANCELLED, "status": Status.ERROR}])
def test_a_task_that_has_changed_since_it_was_read_is_left_alone(town, change):
    task = a_task(town)
    Task.objects.update(**change)
    before = stored(task, "state", "status", "fence", "updated_at")
    with pytest.raises(LostClaim):
        move_task(task, START, now=town.now)
    assert stored(task, "state", "status", "fence", "updated_at") == before
    assert (task.state, TaskEvent.objects.count()) == (State.QUEUED, 0)


def test_only_the_moved_task_moves(town):
    other = a_task(town, number=2)
    move_task(a_task(town), START, now=town.now)
    assert stored(other, "state", "fence") == ("queued", 0)


def test_of_several_those_move_that_can(town):
    queued, done, also_queued = a_task(town), a_task(town, State.DONE, 2), a_task(town, number=3)
    moved = move_tasks([queued, done, also_queued], START, now=town.now, worker_instance="w")
    assert moved == [queued, also_queued]
    states = [stored(task, "state", "worker_instance") for task in (queued, done, also_queued)]
    assert states == [("generating", "w"), ("done", ""), ("generating", "w")]


def test_one_that_was_lost_undoes_the_others(town):
    first, second = a_task(town), a_task(town, number=2)
    Task.objects.filter(pk=second.pk).update(fence=3)
    with pytest.raises(LostClaim), transaction.atomic():
        move_tasks([first, second], START, now=town.now)
    assert stored(first, "state") == ("queued",)


def test_others_hear_of_a_move_when_it_is_committed_and_not_before(town):
    task = a_task(town)
    with transaction.atomic():
        move_task(task, START, now=town.now)
        assert town.board.pins == {}
    assert town.board.pins[task_key(task.pk)]["task_state"] == "generating"


def test_nobody_hears_of_a_move_that_was_undone(town):
    with transaction.atomic():
        move_task(a_task(town), START, now=town.now)
        transaction.set_rollback(True)
    assert town.board.pins == {}


@pytest.mark.parametrize(
    ("event", "told"), [(Event.FAIL, ["Task failed: generate_timeout"]), (Event.CANCEL, [])]
)
def test_failures_alone_are_reported(town, event, told):
    heard: list[Any] = []
    keep = lambda report, _hint: heard.append(report)  # noqa: E731 - nothing is sent, because it returns None
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(sentry_sdk.Client(dsn="http://key@127.0.0.1:9/1", before_send=keep))
        happening = Happening(event=event, actor="policy", code="generate_timeout")
        move_task(a_task(town, State.GENERATING), happening, now=town.now)
    assert [report["message"] for report in heard] == told
