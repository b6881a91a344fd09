"""A branch that takes only what is up to date with it: what is behind is built anew, not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.forge import CheckOutcome, MergeRules
from closedloop.ports.merging import MergeMethod, MergeQueue
from tasks_app.models import DurationSample, Lane, PullRequest
from tests.integration.loop.passengers import states

ONE, TWO = "Which file format does an export have?", "How many requests per minute may an API key send?"
SHORT = timedelta(seconds=30)
CI = timedelta(seconds=45)


@pytest.fixture
def strict(town):
    """No rule that we can read says so; checks end when the test says."""
    town.world.is_strict, town.world.ci = True, None
    return town


@pytest.fixture
def usually_stacking(strict, settings):
    settings.MERGE_METHOD = "merge"
    for _ in range(3):
        DurationSample.objects.create(
            at=strict.now, repo="acme/handbook", subject="stage", name="awaiting_ci", took=CI
        )
    return strict


def newest():
    return PullRequest.objects.order_by("-created_at")[0]


def report(town, pull):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[pull.number].head_sha, name, CheckOutcome.SUCCESS)


def somebody_pushes(town, number=0):
    town.world.push("main", {"docs/other.md": f"A person's {number}. change\n"})


def ends():
    return [(pull.state, pull.code) for pull in PullRequest.objects.order_by("created_at")]


def test_it_is_built_anew_when_somebody_pushed_meanwhile(strict):
    task_id = strict.ask(ONE)
    strict.work_off()
    somebody_pushes(strict)
    report(strict, newest())
    strict.settle(within=SHORT)
    assert (states(task_id), ends()[0][1]) == (["awaiting_ci"], "base_moved")
    report(strict, newest())
    strict.settle()
    assert (states(task_id), [end[0] for end in ends()]) == (["done"], ["abandoned", "merged"])
    assert [pull.state for pull in strict.world.pulls.values()] == ["closed", "merged"]
    assert strict.forge.script.count("merge_pull") == 1


def test_a_forge_that_only_refuses_is_understood_as_well(strict):
    """GitHub shows one reason at a time, and another one may hide this."""
    strict.world.shows_behind = False
    task_id = strict.ask(ONE)
    strict.work_off()
    somebody_pushes(strict)
    report(strict, newest())
    strict.settle(within=timedelta(minutes=2))
    report(strict, newest())
    strict.settle()
    assert (states(task_id), [end[1] for end in ends()]) == (["done"], ["base_moved", ""])


def test_a_refusal_without_a_move_is_for_a_person(strict):
    strict.world.shows_behind = False
    task_id = strict.ask(ONE)
    strict.work_off()
    strict.world.wants_more = True
    report(strict, newest())
    strict.settle()
    assert (states(task_id), ends()[0][1]) == (["needs_operator"], "merge_refused")


def test_where_people_push_faster_than_checks_run_a_person_is_asked(strict):
    task_id = strict.ask(ONE)
    strict.work_off()
    for number in range(6):
        somebody_pushes(strict, number)
        report(strict, newest())
        strict.settle(within=SHORT)
    assert (states(task_id), [end[1] for end in ends()]) == (
        ["needs_operator"],
        [*["base_moved"] * 5, "base_keeps_moving"],
    )
    assert "a merge queue would help" in newest().note


def test_what_the_forge_was_to_merge_later_is_built_anew_too(strict, settings):
    settings.MERGE_STRATEGY = "auto_merge"
    strict.world.rules = MergeRules(allows_auto_merge=True)
    strict.world.wants_more = True
    task_id = strict.ask(ONE)
    strict.work_off()
    report(strict, newest())
    strict.settle(within=SHORT)
    assert newest().note == "to be merged by the forge once nothing is missing"
    somebody_pushes(strict)
    strict.settle(within=timedelta(minutes=2))
    strict.world.wants_more = False
    report(strict, newest())
    strict.settle()
    assert (states(task_id), [end[1] for end in ends()]) == (["done"], ["base_moved", ""])


def test_a_queue_brings_it_up_to_date_itself(strict):
    strict.world.rules = MergeRules(queue=MergeQueue(method=MergeMethod.SQUASH))
    task_id = strict.ask(ONE)
    strict.work_off()
    somebody_pushes(strict)
    report(strict, newest())
    strict.settle()
    assert (states(task_id), len(ends())) == (["done"], 1)


def test_nothing_is_built_on_another_one_where_the_rules_say_so(usually_stacking):
    usually_stacking.world.require("lint", "smoke", is_strict=True)
    first, second = usually_stacking.ask(ONE), usually_stacking.ask(TWO)
    usually_stacking.work_off()
    late = usually_stacking.ask("What does an export hold?")
    usually_stacking.settle(within=SHORT)
    assert states(first, second, late) == ["awaiting_ci", "waiting_for_lane", "waiting_for_lane"]
    assert Lane.objects.get().stacked is None


def test_nothing_is_built_on_another_one_again_where_that_was_refused(usually_stacking):
    first = usually_stacking.ask(ONE)
    usually_stacking.work_off()
    second = usually_stacking.ask(TWO)
    usually_stacking.settle(within=SHORT)
    for pull in PullRequest.objects.filter(state="awaiting_ci"):
        report(usually_stacking, pull)
    usually_stacking.settle(within=SHORT)
    assert (states(first, second), [end[1] for end in ends()][:2]) == (
        ["done", "awaiting_ci"],
        ["", "base_moved"],
    )
    assert not newest().keeps_commits
