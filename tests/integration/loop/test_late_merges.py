"""Merges whose answer was lost and which happen later, while people want something else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unknown
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
