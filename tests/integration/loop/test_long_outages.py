"""What is away for long fails nobody, and wake-ups in a bad minute use nothing up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import BadReply, RateLimited, Unauthorized, Unavailable
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task
from tasks_app.services.inbox import Delivery, receive
from tasks_app.services.steps import generate
from tasks_app.services.sweep import sweep
from tests.integration.loop.passengers import states

A_SECOND = timedelta(seconds=1)
SHORT = timedelta(seconds=30)


def report(town):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[1].head_sha, name, CheckOutcome.SUCCESS)


def test_a_forge_that_is_away_for_ten_minutes_fails_nobody(town):
    for method in ("branch_sha", "documents_at"):
        town.forge.script.arm(method, Unavailable("no answer"), times=400)
    task_id = town.ask()
    town.settle(within=timedelta(minutes=10))
    assert states(task_id) == ["generating"]
    town.forge.script.forget()
    town.settle()
    assert states(task_id) == ["done"]


def test_a_forge_that_stays_away_asks_a_person_by_name(town):
    town.forge.script.arm("branch_sha", Unavailable("no answer"), times=400)
    town.ask()
    town.settle()
    task = Task.objects.get()
    assert (task.state, task.code) == ("needs_operator", "forge_unavailable")


@pytest.fixture
def died(town):
    """A worker died while it generated, and nothing runs any more."""
    town.forge.script.arm("branch_sha", KeyboardInterrupt())
    task_id = town.ask()
    town.courier.waiting.clear()
    with pytest.raises(KeyboardInterrupt):
        generate(task_id, town.ports)
    town.courier.waiting.clear()
    return task_id


@pytest.mark.parametrize("away", [timedelta(minutes=6), timedelta(hours=9)])
def test_time_in_which_nothing_ran_counts_against_nobody(town, died, away):
    town.now += away
    town.settle()
    assert states(died) == ["done"]


def test_without_workers_it_is_given_up_in_the_end(town, died):
    """There is a sweep all the time, and nobody comes for what it calls for."""
    town.courier.loses_everything = True
    for minutes in range(40):
        town.now += timedelta(minutes=1)
        sweep(town.ports)
        assert minutes >= 30 or states(died) == ["generating"]
    assert (states(died), Task.objects.get().code) == (["failed"], "generate_timeout")


@pytest.fixture
def waiting(town):
    """A pull request that waits for CI."""
    town.world.ci = None
    task_id = town.ask()
    town.settle(within=SHORT)
    assert states(task_id) == ["awaiting_ci"]
    return task_id


def test_webhooks_while_the_forge_limits_us_use_up_no_attempts(town, waiting):
    until = town.now + timedelta(minutes=30)
    town.forge.script.arm("look_at", RateLimited("primary limit", retry_at=until), times=500)
    pull = PullRequest.objects.get()
    payload = {"action": "completed", "check_run": {"head_sha": pull.head_sha}}
    payload["repository"] = {"full_name": "acme/handbook"}
    for number in range(60):
        receive(Delivery(delivery_id=f"d-{number}", event="check_run", payload=payload), town.ports)
        town.work_off()
        town.now += 5 * A_SECOND
    pull.refresh_from_db()
    assert (pull.state, pull.attempts <= 2) == ("awaiting_ci", True)
    town.forge.script.forget()
    report(town)
    town.settle()
    assert states(waiting) == ["done"]


@pytest.mark.parametrize("odd", [BadReply("HTML"), Unauthorized("401")])
@pytest.mark.parametrize("method", ["branch_sha", "look_at"])
def test_a_few_odd_answers_are_no_matter_for_people(town, odd, method):
    town.forge.script.arm(method, odd, times=4)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


def test_an_answer_that_stays_odd_is(town):
    town.forge.script.arm("branch_sha", BadReply("HTML"), times=50)
    town.ask()
    town.settle()
    task = Task.objects.get()
    assert (task.state, task.code, task.attempts) == ("needs_operator", "forge_bad_reply", 0)


def test_a_hint_noted_by_a_clock_that_was_ahead_silences_nobody(town, waiting):
    report(town)
    right = town.now
    town.now = right + timedelta(minutes=5)
    sweep(town.ports)
    town.courier.waiting.clear()
    town.now = right
    for _ in range(60):
        town.now += A_SECOND
        sweep(town.ports)
        town.work_off()
    assert states(waiting) == ["done"]


def test_a_forge_that_cannot_tell_what_is_live_makes_no_failure_of_it(town):
    """Somebody pushed right after the merge: the site runs their commit, and only the forge knows of both."""
    town.deployer.version = lambda: town.world.push("main", {"docs/other.md": "A person's.\n"})
    town.forge.script.arm("contains", Unavailable("no answer"), times=400)
    task_id = town.ask()
    town.settle(within=timedelta(minutes=20))
    assert states(task_id) == ["deploying"]
    town.forge.script.forget()
    town.settle()
    assert states(task_id) == ["done"]
