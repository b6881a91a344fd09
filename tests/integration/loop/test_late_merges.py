"""Merges whose answer was lost and which happen later, while people want something else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unauthorized, Unknown
from closedloop.ports.forge import CheckOutcome, MergeOrder
from rollback_app.models import Release
from tasks_app.models import PullRequest
from tasks_app.services.operator import cancel_task
from tests.integration.loop.passengers import states

A_SECOND = timedelta(seconds=1)


class SlowMerge:
    """The forge takes the request to merge, says nothing, and merges later."""

    def __init__(self, town):
        self.merge, self.orders = town.forge.merge_pull, []
        town.forge.merge_pull = self.ask

    def ask(self, order):
        self.orders.append(order)
        raise Unknown("time-out")

    def happen(self):
        self.merge(self.orders[0])


@pytest.fixture
def cancelled_while_merging(town):
    """A task, cancelled after its merge was asked for and before it happens."""
    slow, task_id = SlowMerge(town), town.ask()
    while not slow.orders:
        town.settle(within=A_SECOND)
    cancel_task(task_id, actor="olga", reason="not needed", ports=town.ports)
    return slow, task_id


def test_a_task_whose_merge_may_be_under_way_is_not_called_cancelled(town, cancelled_while_merging):
    slow, task_id = cancelled_while_merging
    town.settle(within=timedelta(seconds=20))
    slow.happen()
    town.settle()
    assert states(task_id) == ["done"]


def test_a_merge_that_never_comes_does_not_keep_a_task_from_being_cancelled(town, cancelled_while_merging):
    town.settle(within=timedelta(minutes=3))
    assert (states(cancelled_while_merging[1]), town.world.pulls[1].state) == (["cancelled"], "closed")


def test_a_merge_that_is_quicker_than_the_closing_is_noticed(town, cancelled_while_merging):
    slow, _ = cancelled_while_merging
    town.forge.script.before("close_pull", slow.happen)
    town.settle()
    assert (PullRequest.objects.get().state, Release.objects.count()) == ("merged", 1)


@pytest.fixture
def left_open(town):
    """A task that asks an operator because its pull request could not be looked at any more."""
    town.world.ci = None
    task_id = town.ask()
    town.settle(within=timedelta(minutes=1))
    town.forge.script.arm("look_at", Unauthorized("401"), times=9)
    town.settle(within=timedelta(minutes=2))
    assert (states(task_id), PullRequest.objects.get().state) == (["needs_operator"], "abandoned")
    town.forge.script.forget()
    return task_id


def test_what_a_person_merges_in_our_place_goes_on_by_itself(town, left_open):
    town.settle(within=timedelta(hours=2))
    pull = town.world.pulls[1]
    for name in ("lint", "smoke"):
        town.world.report(pull.head_sha, name, CheckOutcome.SUCCESS)
    order = MergeOrder(number=1, head_sha=pull.head_sha, method="squash", title="By hand", message="")
    town.forge.merge_pull(order)
    town.settle()
    assert (states(left_open), Release.objects.count()) == (["done"], 1)


def test_what_nobody_merges_waits_for_its_operator(town, left_open):
    town.settle(within=timedelta(days=3))
    assert (states(left_open), PullRequest.objects.get().next_look_at) == (["needs_operator"], None)
