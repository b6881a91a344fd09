"""Orders of events that a simulation found."""

from __future__ import annotations

from datetime import timedelta

from closedloop.ports.errors import Unknown
from tasks_app.models import Task
from tasks_app.services.operator import cancel_task, retry_task
from tests.fakes.town import Unforeseen
from tests.integration.loop.passengers import states


def ours(town):
    return [pull for pull in town.world.pulls.values() if not pull.is_fork]


def fail(town):
    """A task that was put off by a person, who closed its pull request."""
    town.world.ci = None
    task_id = town.ask()
    town.settle(within=timedelta(seconds=1))
    ours(town)[0].state = "closed"
    town.settle()
    assert states(task_id) == ["failed"]
    return task_id


def test_a_board_that_fails_in_an_unforeseen_way_stops_no_task(town):
    def pin(*_args, **_kwargs):
        raise Unforeseen

    town.board.pin = pin
    town.workers_may_die = True
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


def test_a_pull_request_that_is_not_listed_yet_is_not_opened_twice(town):
    find, listed_at = town.forge.find_pull, town.now + timedelta(seconds=20)
    town.forge.find_pull = lambda branch: find(branch) if town.now >= listed_at else None
    town.forge.script.arm("open_pull", Unknown("the answer was lost"), after_effect=True)
    town.ask()
    town.settle(within=timedelta(seconds=1))
    ours(town)[0].state = "closed"
    town.settle()
    assert len(ours(town)) == 1
    assert Task.objects.get().code == "pull_closed"


def test_a_task_that_is_retried_holds_its_question_again(town):
    first = fail(town)
    second = town.ask()
    cancel_task(second, actor="olga", reason="no longer needed", ports=town.ports)
    retry_task(first, actor="olga", reason="once more", ports=town.ports)
    assert town.ask() == first
