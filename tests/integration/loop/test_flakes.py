"""Red checks that are run again once on the same head before they count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Forbidden, Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import DurationSample, PullRequest, Task
from tests.integration.loop.passengers import states


@pytest.fixture
def flaky(town):
    """First runs are red."""
    town.world.ci, town.world.has_runs = CheckOutcome.FAILURE, True
    return town


def reruns(town):
    return town.forge.script.count("rerun_failed")


def test_a_check_that_was_red_by_a_whim_costs_a_run_and_nothing_else(flaky):
    flaky.world.second_runs = [CheckOutcome.SUCCESS]
    task_id = flaky.ask()
    flaky.settle()
    assert (states(task_id), len(flaky.world.pulls), reruns(flaky)) == (["done"], 1, 1)


def test_what_is_red_twice_on_the_same_head_fails(flaky):
    task_id = flaky.ask()
    flaky.settle()
    assert (states(task_id), reruns(flaky)) == (["failed"], 1)
    assert Task.objects.get(pk=task_id).code == "ci_failed"


def test_a_token_that_may_not_repeat_leaves_the_first_run_to_count(flaky):
    flaky.forge.script.arm("rerun_failed", Forbidden("actions: write is missing"), times=9)
    task_id = flaky.ask()
    flaky.settle()
    assert Task.objects.get(pk=task_id).code == "ci_failed"


def test_a_repetition_whose_answer_is_lost_is_looked_up_not_asked_for_again(flaky):
    flaky.world.second_runs = [CheckOutcome.SUCCESS]
    flaky.forge.script.arm("rerun_failed", Unknown("reset"), after_effect=True)
    task_id = flaky.ask()
    flaky.settle()
    assert (states(task_id), reruns(flaky)) == (["done"], 1)


def test_what_passed_later_is_no_sign_of_a_repetition(flaky):
    flaky.world.ci, flaky.world.second_runs = None, [CheckOutcome.SUCCESS]
    flaky.forge.script.arm("rerun_failed", Unavailable("502 before anything was done"))
    task_id = flaky.ask()
    flaky.settle(within=timedelta(seconds=5))
    head = flaky.world.pulls[1].head_sha
    flaky.world.report(head, "lint", CheckOutcome.FAILURE)
    flaky.now += timedelta(seconds=1)
    flaky.world.report(head, "smoke", CheckOutcome.SUCCESS)
    flaky.settle()
    assert (states(task_id), reruns(flaky)) == (["done"], 2)


def test_a_second_run_is_looked_at_when_it_is_usually_over(flaky):
    for name in ("lint", "smoke") * 3:
        DurationSample.objects.create(
            at=flaky.now, repo="acme/handbook", subject="check", name=name, took=timedelta(seconds=2)
        )
    flaky.world.ci, flaky.world.second_runs = None, [CheckOutcome.SUCCESS]
    task_id = flaky.ask()
    flaky.settle(within=timedelta(seconds=10))
    for name in ("lint", "smoke"):
        flaky.world.report(flaky.world.pulls[1].head_sha, name, CheckOutcome.FAILURE)
    flaky.settle()
    pull = PullRequest.objects.get()
    assert states(task_id) == ["done"]
    assert pull.retried_at
    assert pull.green_at
    assert pull.green_at - pull.retried_at < timedelta(seconds=3)


def test_a_second_run_has_time_of_its_own(flaky, settings):
    settings.CI_TIMEOUT = timedelta(seconds=60)
    flaky.world.ci = None
    task_id = flaky.ask()
    flaky.settle(within=timedelta(seconds=50))
    flaky.world.second_runs = [CheckOutcome.PENDING]
    for name in ("lint", "smoke"):
        flaky.world.report(flaky.world.pulls[1].head_sha, name, CheckOutcome.FAILURE)
    flaky.settle(within=timedelta(seconds=30))
    assert (states(task_id), reruns(flaky)) == (["awaiting_ci"], 1)
    flaky.settle()
    assert Task.objects.get(pk=task_id).code == "ci_timeout"


def test_two_repetitions_in_vain_are_enough_for_an_hour(flaky):
    questions = ["Which file format does an export have?", "What does an export hold?", None]
    for question in questions:
        flaky.ask(*filter(None, [question]))
        flaky.settle()
    assert (PullRequest.objects.filter(code="ci_failed").count(), reruns(flaky)) == (3, 2)
    flaky.now += timedelta(hours=1)
    flaky.ask("What is an API key?")
    flaky.settle()
    assert reruns(flaky) == 3
