"""The graphs as a whole: an edge that appears or goes must be meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rollback_app.states import RELEASE, ROLLBACK
from tasks_app.models import Task
from tasks_app.pipeline.states import HOLDS_QUESTION, PULL, SETTLED, TASK, State, Status, public_status

_TASK = """
queued: start>generating fail>failed cancel>cancelled
generating: draft>judging decline>declined fail>failed cancel>cancelled need_operator>needs_operator
judging: accept>waiting_for_lane decline>declined ask_approval>awaiting_approval fail>failed cancel>cancelled
 need_operator>needs_operator
awaiting_approval: approve>waiting_for_lane correct>generating decline>declined fail>failed cancel>cancelled
waiting_for_lane: board>publishing merge>deploying fail>failed cancel>cancelled need_operator>needs_operator
publishing: publish>awaiting_ci decline>declined reboard>waiting_for_lane fail>failed cancel>cancelled
 need_operator>needs_operator
awaiting_ci: go_green>merging merge>deploying reboard>waiting_for_lane fail>failed cancel>cancelled
 need_operator>needs_operator
merging: merge>deploying reboard>waiting_for_lane fail>failed cancel>cancelled need_operator>needs_operator
deploying: go_live>verifying fail>failed need_operator>needs_operator roll_back>rolling_back
verifying: verify>done fail>failed need_operator>needs_operator roll_back>rolling_back
done: roll_back>rolling_back
failed: retry>generating retry>waiting_for_lane retry>deploying roll_back>rolling_back
declined:
cancelled:
needs_operator: resume>generating resume>waiting_for_lane resume>deploying resume>rolling_back fail>failed
 cancel>cancelled roll_back>rolling_back
rolling_back: confirm_rollback>rolled_back need_operator>needs_operator
rolled_back:
"""
_PULL = """
publishing: publish>awaiting_ci abandon>abandoned close>closing
awaiting_ci: go_green>merging merge>merged abandon>abandoned close>closing
merging: merge>merged abandon>abandoned close>closing
merged:
closing: abandon>abandoned merge>merged
abandoned: close>closing merge>merged
"""
_RELEASE = """
deploying: go_live>verifying fail>failed
verifying: verify>verified fail>failed
verified: retry>deploying
failed: retry>deploying
"""
_ROLLBACK = """
reverting: publish>awaiting_checks merge>deploying need_operator>needs_operator
awaiting_checks: go_green>merging merge>deploying rebuild>reverting need_operator>needs_operator
merging: merge>deploying rebuild>reverting need_operator>needs_operator
deploying: go_live>confirming need_operator>needs_operator
confirming: confirm>reporting need_operator>needs_operator
reporting: report>done need_operator>needs_operator
done:
needs_operator: resume>reverting resume>awaiting_checks resume>merging resume>deploying resume>confirming
 resume>reporting give_up>given_up
given_up:
"""


def edges_of(drawing):
    graph = {}
    for line in drawing.strip().replace("\n ", " ").splitlines():
        state, _, edges = line.partition(":")
        graph[state] = set(edges.split())
    return graph


@pytest.mark.parametrize(
    ("machine", "drawing"),
    [(TASK, _TASK), (PULL, _PULL), (RELEASE, _RELEASE), (ROLLBACK, _ROLLBACK)],
    ids=["task", "pull", "release", "rollback"],
)
def test_the_graph_is_exactly_this(machine, drawing):
    graph = {
        str(state): {f"{event}>{target}" for event, targets in edges.items() for target in targets}
        for state, edges in machine.table.items()
    }
    assert graph == edges_of(drawing)


@pytest.mark.parametrize("machine", [TASK, PULL, RELEASE, ROLLBACK])
def test_every_state_stands_in_the_table_and_can_be_reached(machine):
    kind: Any = type(next(iter(machine.table)))
    states = set(kind)
    targets = {target for edges in machine.table.values() for found in edges.values() for target in found}
    first = next(iter(machine.table))
    assert set(machine.table) == states == targets | {first}


def test_settled_states_are_left_by_retry_and_roll_back_alone():
    assert {event for state in SETTLED for event in TASK.table[state]} == {"retry", "roll_back"}
    assert {State.DECLINED, State.CANCELLED, State.ROLLED_BACK} == TASK.terminal


def test_the_public_status_of_every_state():
    queued, done = {State.QUEUED}, {State.DONE}
    error = {State.FAILED, State.DECLINED, State.CANCELLED, State.ROLLED_BACK}
    by_status = {status: {s for s in State if public_status(s) is status} for status in Status}
    assert by_status == {
        Status.QUEUED: queued,
        Status.DONE: done,
        Status.ERROR: error,
        Status.RUNNING: set(State) - queued - done - error,
    }


def test_a_question_is_free_again_once_its_task_came_to_nothing():
    assert set(State) - HOLDS_QUESTION == {State.FAILED, State.CANCELLED, State.ROLLED_BACK}


def is_accepted(state, status):
    now = datetime(2026, 1, 5, tzinfo=UTC)
    task = Task(question="?", state=state.value, status=status.value, created_at=now, entered_at=now)
    task.trace_id = task.pk
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("state", sorted(State))
def test_the_database_holds_the_status_to_the_state(state):
    assert [status for status in Status if is_accepted(state, status)] == [public_status(state)]
