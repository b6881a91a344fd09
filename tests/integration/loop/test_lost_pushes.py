"""A push whose answer was lost: what of it is ours, and whose each commit is."""

from __future__ import annotations

from datetime import timedelta

from closedloop.ports.errors import Unknown
from closedloop.ports.forge import CheckOutcome, MergeOrder
from tasks_app.models import PullRequest, Task
from tasks_app.services.publishing import publish
from tests.fakes.merging import merge_sha, settle_merge
from tests.fakes.town import PAGE
from tests.integration.loop.passengers import states, together

SHORT = timedelta(seconds=30)
LOST = Unknown("the answer was lost")


def own_commits(town, ids):
    """For each task, the commits on main that carry its trace id as a trailer."""
    repository = town.world.repository
    history = [repository.commits[sha] for sha in repository.history(repository.branches["main"])]
    marks = [f"trace-id: {task_id}" for task_id in ids]
    return [[one.sha for one in history if mark in one.message.splitlines()] for mark in marks]


def noted(ids):
    return [[Task.objects.get(pk=task_id).commit_sha] for task_id in ids]


def report(town, number):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[number].head_sha, name, CheckOutcome.SUCCESS)


def test_what_a_person_pushed_before_the_look_up_is_not_taken_for_ours(town):
    town.forge.script.arm("publish_branch", LOST, after_effect=True)
    town.courier.loses_next = {"tasks.publish"}
    task_id = town.ask()
    town.work_off()
    pull = PullRequest.objects.get()
    publish(pull.pk, town.ports)
    town.world.push(pull.head_branch, {"docs/FAQ.md": "# A person's page\n"})
    town.settle()
    assert (states(task_id), Task.objects.get().code, town.page) == (["failed"], "head_moved", PAGE)


def test_a_push_that_went_through_is_taken_up_as_it_is(town):
    town.forge.script.arm("publish_branch", LOST, after_effect=True)
    task_id = town.ask()
    town.settle()
    assert (states(task_id), town.forge.script.count("publish_branch")) == (["done"], 1)


def test_each_task_keeps_its_own_commit(town):
    town.world.ci = None
    town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    town.forge.script.arm("publish_branch", LOST, after_effect=True)
    report(town, 1)
    town.settle(within=SHORT)
    report(town, 2)
    town.settle()
    assert states(*ids) == ["done", "done"]
    assert noted(ids) == own_commits(town, ids)


def test_the_way_of_a_person_to_merge_is_told_from_the_history(town):
    ids = together(town)
    pull = town.world.pulls[2]
    town.world.push("main", {"README.md": "x"})
    report(town, 2)
    order = MergeOrder(number=2, head_sha=pull.head_sha, method="rebase", title="t", message="m")
    settle_merge(town.world, pull, merge_sha(town.world, pull, order))
    town.settle()
    assert states(*ids) == ["done", "done"]
    assert noted(ids) == own_commits(town, ids)
