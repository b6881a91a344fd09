"""What the pipeline makes of breakers that are open and of a repository that moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import CircuitOpen, Moved, Unavailable
from tasks_app.models import Task

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_model_known_to_be_out_is_not_waited_for(town):
    began = town.now
    open_until = CircuitOpen("model: no answer lately", retry_at=began + timedelta(minutes=1))
    town.model.script.arm("complete", open_until, times=5)
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.is_degraded, task.model_attempts) == ("done", True, 1)
    assert task.merged_at - began < timedelta(seconds=30)


@pytest.mark.parametrize("method", ["branch_sha", "publish_branch", "open_pull", "merge_pull"])
def test_a_forge_that_is_left_alone_is_asked_again_when_it_says(town, method):
    open_until = CircuitOpen("no answer lately", retry_at=town.now + timedelta(seconds=5))
    town.forge.script.arm(method, open_until, times=3)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"


@pytest.mark.parametrize("method", ["branch_sha", "publish_branch", "merge_pull"])
def test_a_repository_that_moved_asks_for_an_operator_by_name(town, method):
    town.forge.script.arm(method, Moved("307: set GITHUB_REPO to its new name"), times=99)
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code) == ("needs_operator", "forge_repository_moved")
    assert "GITHUB_REPO" in task.error_msg


def test_what_is_tried_again_is_not_the_breakers_error(town):
    town.model.script.arm("complete", Unavailable("503"), times=1)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).is_degraded is False
