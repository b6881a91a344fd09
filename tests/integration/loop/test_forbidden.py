"""A forge that says 403: now and then a proxy's bad moment, else a permission that is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Forbidden
from rollback_app.models import Rollback
from rollback_app.services.operator import resume_rollback, roll_back
from tasks_app.models import Effect, Task

pytestmark = pytest.mark.django_db(transaction=True)

NO = Forbidden("403 Resource not accessible")
#: Asked on the way there, and on the way back.
FORTH = ["branch_sha", "publish_branch", "open_pull", "look_at", "changed_files", "create_tag", "merge_pull"]
BACK = ["branch_sha", "publish_branch", "open_pull", "look_at", "changed_files", "merge_pull", "open_issue"]
A_MOMENT = timedelta(seconds=20)


def take_back(town, task_id):
    roll_back((task_id,), actor="olga", reason="the answer is wrong", ports=town.ports)
    town.settle()
    return Rollback.objects.get()


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("method", FORTH)
def test_a_few_times_no_is_no_matter_for_people(town, method, times):
    town.forge.script.arm(method, NO, times=times)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert set(Effect.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("method", BACK)
def test_a_few_times_no_holds_up_no_rollback(town, method, times):
    task_id = town.ask()
    town.settle()
    town.forge.script.arm(method, NO, times=times)
    assert take_back(town, task_id).state == "done"
    assert Task.objects.get(pk=task_id).state == "rolled_back"


def test_a_merge_that_stays_forbidden_fails_by_name(town):
    town.forge.script.arm("merge_pull", NO, times=99)
    began = town.now
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, task.error_msg) == ("failed", "merge_forbidden", NO.detail)
    assert task.finished_at - began < A_MOMENT


def test_a_rollback_whose_merge_stays_forbidden_goes_on_when_it_is_granted(town):
    task_id = town.ask()
    town.settle()
    town.forge.script.arm("merge_pull", NO, times=99)
    rollback = take_back(town, task_id)
    assert (rollback.state, rollback.code) == ("needs_operator", "merge_forbidden")
    town.forge.script.forget()
    resume_rollback(rollback.pk, actor="olga", reason="granted", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "rolled_back"
