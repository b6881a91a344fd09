"""The way back through a merge queue, and by whatever method is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.forge import MergeRules
from closedloop.ports.merging import MergeMethod, MergeQueue
from rollback_app.models import Rollback
from rollback_app.services.operator import resume_rollback, roll_back
from tasks_app.models import Task
from tests.fakes.town import PAGE

SHORT = timedelta(minutes=1)


@pytest.fixture
def undone(town):
    """A task behind a queue, whose rollback has been asked for."""
    town.world.rules = MergeRules(queue=MergeQueue(method=MergeMethod.SQUASH))
    task_id = town.ask()
    town.settle()
    roll_back((task_id,), actor="olga", reason="wrong", ports=town.ports)
    return task_id


def test_a_rollback_goes_before_all_others_through_the_queue(town, undone):
    town.settle()
    orders = [call.args[0] for call in town.forge.script.calls if call.method == "enqueue"]
    assert [order.is_urgent for order in orders] == [False, True]
    assert (Task.objects.get(pk=undone).state, town.page) == ("rolled_back", PAGE)


def test_a_rollback_that_may_pass_the_queue_by_is_merged_directly(town, undone):
    town.world.rules = MergeRules()
    town.settle()
    assert (Task.objects.get(pk=undone).state, town.forge.script.count("enqueue")) == ("rolled_back", 1)


def test_a_rollback_that_the_queue_gives_back_asks_an_operator_and_can_be_resumed(town, undone):
    town.world.queue.ci = None
    town.settle(within=SHORT)
    town.world.queue.entries.clear()
    town.settle(within=SHORT)
    rollback = Rollback.objects.get()
    assert (rollback.state, rollback.code) == ("needs_operator", "rollback_blocked")
    town.world.queue.ci = town.world.ci
    resume_rollback(rollback.pk, actor="olga", reason="mended", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=undone).state == "rolled_back"


def test_no_setting_keeps_a_rollback_from_being_merged(town, settings):
    task_id = town.ask()
    town.settle()
    settings.MERGE_METHOD = "merge"
    town.world.rules = MergeRules(methods=frozenset({MergeMethod.REBASE}))
    town.now += timedelta(minutes=2)
    roll_back((task_id,), actor="olga", reason="wrong", ports=town.ports)
    town.settle()
    assert (Task.objects.get(pk=task_id).state, town.page) == ("rolled_back", PAGE)
