"""Checks that are red on the base itself: nobody fails for that."""

from __future__ import annotations

import pytest

from closedloop.ports.errors import Unavailable
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task
from tasks_app.services.operator import retry_task
from tests.integration.loop.passengers import states, together


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
