"""Checks that are red on the base itself: nobody fails for that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unavailable
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task
from tasks_app.services.operator import retry_task
from tests.integration.loop.passengers import states, together

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def broken(town):
    """Everything is red, on the base as well: in these checks."""

    def break_(*names):
        town.world.ci = CheckOutcome.FAILURE
        for name in names:
            town.world.report(town.world.repository.branches["main"], name, CheckOutcome.FAILURE)

    return break_


def codes(*task_ids):
    return {Task.objects.get(pk=task_id).code for task_id in task_ids}


def test_a_task_asks_a_person_and_goes_through_once_the_base_is_mended(town, broken):
    broken("lint", "smoke")
    task_id = town.ask()
    town.settle()
    assert (states(task_id), codes(task_id)) == (["needs_operator"], {"base_red"})
    assert town.world.pulls[1].state == "closed"
    town.world.ci = CheckOutcome.SUCCESS
    town.world.push("main", {"docs/mended.md": "# Mended\n"})
    retry_task(task_id, actor="olga", reason="main is mended", ports=town.ports)
    town.settle()
    assert states(task_id) == ["done"]


@pytest.mark.parametrize("names", [(), ("lint",), ("nightly",)])
def test_what_the_base_does_not_fail_as_well_counts(town, broken, names):
    broken(*names)
    task_id = town.ask()
    town.settle()
    assert codes(task_id) == {"ci_failed"}


def test_of_several_nobody_fails(town, broken):
    ids = together(town)
    broken("lint", "smoke")
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[2].head_sha, name, CheckOutcome.FAILURE)
    town.settle()
    assert (set(states(*ids)), codes(*ids)) == ({"needs_operator"}, {"base_red"})


def test_a_base_that_cannot_be_looked_at_is_looked_at_again(town, broken):
    broken("lint", "smoke")
    town.forge.script.arm("checks_of", Unavailable("502"), times=2)
    task_id = town.ask()
    town.settle()
    assert (codes(task_id), PullRequest.objects.count()) == ({"base_red"}, 1)


@pytest.mark.parametrize(
    ("outcome", "then"),
    [(CheckOutcome.FAILURE, ("needs_operator", "base_red")), (CheckOutcome.SUCCESS, ("failed", "ci_failed"))],
)
def test_a_base_that_is_still_checked_is_waited_for(town, broken, outcome, then):
    broken("smoke")
    base = town.world.repository.branches["main"]
    town.world.report(base, "lint", CheckOutcome.PENDING)
    task_id = town.ask()
    town.settle(within=A_MINUTE)
    pull = PullRequest.objects.get()
    assert (states(task_id), pull.note) == (["awaiting_ci"], "waiting for lint of the base")
    town.world.report(base, "lint", outcome)
    town.settle()
    task = Task.objects.get()
    assert (task.state, task.code) == then


def test_a_base_that_is_checked_for_ever_is_not(town, broken):
    broken()
    for name in ("lint", "smoke"):
        town.world.report(town.world.repository.branches["main"], name, CheckOutcome.PENDING)
    task_id = town.ask()
    town.settle(within=timedelta(hours=1))
    assert (states(task_id), codes(task_id)) == (["failed"], {"ci_failed"})


def test_a_base_that_is_still_checked_does_not_excuse_what_it_does_not_fail(town, broken):
    broken()
    town.world.report(town.world.repository.branches["main"], "lint", CheckOutcome.PENDING)
    task_id = town.ask()
    town.settle(within=A_MINUTE)
    assert codes(task_id) == {"ci_failed"}
