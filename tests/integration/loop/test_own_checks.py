"""The repository's own commands find the guilty task before CI is asked."""

from __future__ import annotations

import pytest

from closedloop.ports.checks import CheckOutcome
from closedloop.ports.errors import NotFound, Unavailable
from tasks_app.models import PullRequest, Task
from tasks_app.services.operator import retry_task
from tests.integration.loop.passengers import states, together


@pytest.fixture(autouse=True)
def commands(settings):
    settings.CHECK_COMMANDS = ["python checks/lint.py"]


def published():
    return PullRequest.objects.filter(number__gt=1).count()


def test_without_commands_nobody_is_asked(town, settings):
    settings.CHECK_COMMANDS = []
    town.own_checks.dislikes = ("120",)
    town.ask()
    town.settle()
    assert (town.own_checks.script.calls, Task.objects.get().state) == ([], "done")


def test_whoever_pleases_them_is_published(town):
    town.ask()
    town.settle()
    ((sha, files),) = [call.args for call in town.own_checks.script.calls]
    assert (sha in town.world.repository.commits, list(files)) == (True, ["docs/FAQ.md"])
    assert "120 requests" in files["docs/FAQ.md"]


def test_one_alone_fails_without_a_run_of_ci(town):
    town.own_checks.dislikes = ("120",)
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, town.world.pulls) == ("failed", "own_checks_failed", {})
    assert "lint" in task.error_msg


def test_of_several_the_guilty_one_fails_alone_and_the_others_are_merged(town):
    town.own_checks.dislikes = ("120",)
    guilty, innocent = together(town)
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[2])
    town.settle()
    assert states(guilty, innocent) == ["failed", "done"]
    assert (Task.objects.get(pk=guilty).code, published()) == ("own_checks_failed", 1)


def test_a_base_that_fails_by_itself_convicts_nobody(town):
    town.own_checks.broken = {town.world.repository.branches["main"]}
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


@pytest.mark.parametrize("error", [Unavailable("too slow"), NotFound("gone")])
def test_commands_that_cannot_be_run_leave_it_to_ci(town, error):
    town.own_checks.dislikes = ("120",)
    town.own_checks.script.arm("problem", error)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


def test_whoever_is_retried_is_checked_again(town):
    town.own_checks.dislikes = ("120",)
    task_id = town.ask()
    town.settle()
    town.own_checks.dislikes = ()
    retry_task(task_id, actor="olga", reason="the check is mended", ports=town.ports)
    town.settle()
    assert states(task_id) == ["done"]
