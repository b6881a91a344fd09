"""The ways into the branch: who merges, by which method, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome, MergeRules
from closedloop.ports.merging import MergeMethod, MergeQueue
from tasks_app.models import Effect, Notification, PullRequest, Task
from tasks_app.services.operator import cancel_task
from tests.integration.loop.passengers import states, together

#: Enough for everything but a deadline.
SHORT = timedelta(minutes=3)
A_MOMENT = timedelta(seconds=5)


def queue_of(town, method=MergeMethod.SQUASH):
    town.world.rules = MergeRules(queue=MergeQueue(method=method))


def allow(town, *methods, **rules):
    town.world.rules = MergeRules(methods=frozenset(methods) or MergeRules().methods, **rules)


def shared(town):
    """Two tasks that travel together, whose pull request is about to be merged."""
    ids = together(town)
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[2].head_sha, name, CheckOutcome.SUCCESS)
    return ids


def own_commits(town, ids):
    """For each task, the commits on main that carry its trace id as a trailer."""
    repository = town.world.repository
    history = [repository.commits[sha] for sha in repository.history(repository.branches["main"])]
    marks = [f"trace-id: {task_id}" for task_id in ids]
    return [[one.sha for one in history if mark in one.message.splitlines()] for mark in marks]


@pytest.mark.parametrize(
    ("methods", "is_linear", "method"),
    [((), False, "merge"), ((), True, "rebase"), ((MergeMethod.SQUASH,), False, "squash")],
)
def test_tasks_that_travel_together_keep_commits_of_their_own(town, methods, is_linear, method):
    allow(town, *methods, is_linear=is_linear)
    ids = shared(town)
    town.settle()
    pull = PullRequest.objects.get(number=2)
    assert (states(*ids), pull.merge_way, pull.merge_method) == (["done", "done"], "direct", method)
    commits = own_commits(town, ids)
    assert [len(found) for found in commits] == [1, 1]
    noted = [[Task.objects.get(pk=task_id).commit_sha] for task_id in ids]
    assert (noted == commits) is (method != "squash")


def test_one_that_is_rebased_alone_is_its_own_commit(town, settings):
    settings.MERGE_METHOD = "rebase"
    task = Task.objects.get(pk=town.ask())
    town.settle()
    task.refresh_from_db()
    assert (task.state, task.commit_sha) == ("done", town.forge.branch_sha("main"))


def test_a_rebase_whose_answer_was_lost_is_told_apart_as_well(town, settings):
    settings.MERGE_METHOD = "rebase"
    town.forge.script.arm("merge_pull", Unknown("reset"), after_effect=True)
    ids = shared(town)
    town.settle()
    noted = [[Task.objects.get(pk=task_id).commit_sha] for task_id in ids]
    assert (states(*ids), noted) == (["done", "done"], own_commits(town, ids))


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("MERGE_METHOD", "merge", "merge_method_forbidden"),
        ("MERGE_STRATEGY", "queue", "merge_strategy_unavailable"),
        ("MERGE_STRATEGY", "auto_merge", "merge_strategy_unavailable"),
    ],
)
def test_what_the_repository_does_not_allow_is_told_to_people(town, settings, setting, value, code):
    setattr(settings, setting, value)
    allow(town, MergeMethod.SQUASH)
    task = Task.objects.get(pk=town.ask())
    town.settle()
    task.refresh_from_db()
    assert (task.state, task.code, value in task.error_msg) == ("needs_operator", code, True)
    assert (town.forge.script.count("merge_pull"), Notification.objects.filter(kind="message").count()) == (
        0,
        1,
    )


def test_a_queue_in_front_of_the_branch_merges(town):
    queue_of(town)
    ids = shared(town)
    town.settle()
    assert (states(*ids), town.forge.script.count("merge_pull")) == (["done", "done"], 0)
    pull = PullRequest.objects.get(number=2)
    assert (pull.merge_way, pull.merge_sha) == ("queue", town.forge.branch_sha("main"))
    assert {effect.status for effect in Effect.objects.all()} == {"done"}


def test_what_is_queued_is_looked_at_without_asking_the_guards_again(town):
    queue_of(town)
    town.world.queue.ci = None
    task_id = town.ask()
    town.settle(within=SHORT)
    assert (states(task_id), PullRequest.objects.get().note) == (["merging"], "in the merge queue")
    assert (town.forge.script.count("enqueue"), town.forge.script.count("changed_files")) == (1, 1)


def test_queueing_happens_once_when_its_answer_is_lost(town):
    queue_of(town)
    town.forge.script.arm("enqueue", Unknown("reset"), after_effect=True)
    task_id = town.ask()
    town.settle()
    assert (states(task_id), town.forge.script.count("enqueue")) == (["done"], 1)
    assert Effect.objects.get(kind="enqueue").status == "done"


def test_a_red_group_is_a_red_pull_request(town):
    queue_of(town)
    town.world.queue.ci = CheckOutcome.FAILURE
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code) == ("failed", "ci_failed")
    assert task.error_msg == "failed in the merge queue: lint, smoke"


def test_a_red_group_of_several_is_split(town):
    queue_of(town)
    ids = shared(town)
    town.world.ci = CheckOutcome.SUCCESS
    town.settle(within=A_MOMENT)
    town.world.queue.ci = CheckOutcome.FAILURE
    town.settle(within=timedelta(seconds=25))
    town.world.queue.ci = CheckOutcome.SUCCESS
    town.settle()
    assert PullRequest.objects.get(number=2).code == "ci_failed"
    assert states(*ids) == ["done", "done"]


def test_what_somebody_takes_out_of_the_queue_is_put_back_and_then_left_to_people(town):
    queue_of(town)
    town.world.queue.ci = None
    task_id = town.ask()
    for _time in range(3):
        town.settle(within=SHORT)
        town.world.queue.drop(1)
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, town.forge.script.count("enqueue")) == (
        "needs_operator", "merge_refused", 3,
    )  # fmt: skip


def test_a_queue_that_never_merges_is_left_to_people_and_merges_after_all(town):
    queue_of(town)
    town.world.queue.ci = None
    task_id = town.ask()
    while states(task_id) != ["needs_operator"]:
        town.settle(within=SHORT)
    assert Task.objects.get(pk=task_id).code == "merge_timeout"
    town.world.queue.ci = CheckOutcome.SUCCESS
    town.settle()
    assert states(task_id) == ["done"]


def test_a_task_that_is_cancelled_in_the_queue_is_not_merged(town):
    queue_of(town)
    town.world.queue.ci = None
    task_id = town.ask()
    town.settle(within=SHORT)
    cancel_task(task_id, actor="olga", reason="no", ports=town.ports)
    town.settle(within=SHORT)
    town.world.queue.ci = CheckOutcome.SUCCESS
    town.settle()
    assert (states(task_id), town.world.pulls[1].state) == (["cancelled"], "closed")


def test_a_push_while_queued_leaves_it_to_people(town):
    queue_of(town)
    town.world.queue.ci = None
    task_id = town.ask()
    town.settle(within=SHORT)
    town.world.push(town.world.pulls[1].head_branch, {"docs/other.md": "By hand.\n"})
    town.settle()
    assert Task.objects.get(pk=task_id).code == "head_moved"


def test_what_is_clean_is_merged_at_once_instead_of_later(town, settings):
    settings.MERGE_STRATEGY = "auto_merge"
    allow(town, allows_auto_merge=True)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]
    assert (town.forge.script.count("enable_auto_merge"), town.forge.script.count("merge_pull")) == (1, 1)


def test_what_is_clean_is_not_asked_about_again_while_its_merge_waits(town, settings):
    settings.MERGE_STRATEGY = "auto_merge"
    allow(town, allows_auto_merge=True)
    town.forge.script.arm("merge_pull", Unavailable("502"), times=3)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]
    assert (town.forge.script.count("enable_auto_merge"), town.forge.script.count("merge_pull")) == (1, 4)


def test_what_the_forge_wants_more_for_is_merged_by_the_forge_later(town, settings):
    settings.MERGE_STRATEGY = "auto_merge"
    allow(town, allows_auto_merge=True)
    town.world.wants_more = True
    task_id = town.ask()
    town.settle(within=SHORT)
    assert PullRequest.objects.get().note == "to be merged by the forge once nothing is missing"
    town.world.wants_more = False
    town.settle()
    assert (states(task_id), town.forge.script.count("merge_pull")) == (["done"], 0)


def test_rules_that_changed_a_minute_ago_are_noticed(town):
    queue_of(town)
    first = town.ask()
    town.settle()
    town.world.rules = replace(town.world.rules, queue=None)
    town.now += timedelta(minutes=2)
    second = town.ask("What does an export hold?")
    town.settle()
    assert (states(first, second), PullRequest.objects.get(number=2).merge_way) == (
        ["done", "done"],
        "direct",
    )
