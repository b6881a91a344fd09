"""Pull requests that are given up: never two with the same task, never a person's work undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import NotFound, Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome, MergeOrder
from tasks_app.models import Effect, PullRequest, Task
from tasks_app.services.operator import cancel_task, retry_task
from tests.fakes.town import QUESTION
from tests.integration.loop.passengers import states, together

#: Enough for everything but a deadline.
SHORT = timedelta(minutes=3)


def retry(town, task_id):
    return retry_task(task_id, actor="olga", reason="again", ports=town.ports)


def person_merges(town, number):
    pull = town.world.pulls[number]
    for name in ("lint", "smoke"):
        town.world.report(pull.head_sha, name, CheckOutcome.SUCCESS)
    order = MergeOrder(number=number, head_sha=pull.head_sha, method="squash", title="By hand", message="")
    town.forge.merge_pull(order)


@pytest.fixture
def timed_out(town):
    """Two tasks whose shared pull request, the second one, was left to people."""
    ids = together(town)
    town.settle()
    assert {Task.objects.get(pk=task_id).code for task_id in ids} == {"ci_timeout"}
    town.world.ci = CheckOutcome.SUCCESS
    return ids


def test_a_retry_finds_that_a_person_merged_what_was_left_to_people(town, timed_out):
    person_merges(town, 2)
    retry(town, timed_out[0])
    town.settle()
    assert states(*timed_out) == ["done", "failed"]
    assert len(town.world.pulls) == 2


def test_each_task_of_a_merge_that_nobody_noticed_can_be_retried(town, timed_out):
    person_merges(town, 2)
    for task_id in timed_out:
        retry(town, task_id)
        town.settle()
    assert states(*timed_out) == ["done", "done"]
    assert len(town.world.pulls) == 2


@pytest.fixture
def unknown(town):
    """A task that asks for an operator, since nobody could tell for long whether it was merged."""
    town.forge.script.arm("merge_pull", Unknown("reset"), after_effect=True)
    town.forge.script.before(
        "merge_pull", lambda: town.forge.script.arm("look_at", Unavailable("502"), times=1000)
    )
    task_id = town.ask()
    while states(task_id) != ["needs_operator"]:
        town.settle(within=timedelta(seconds=30))
    return task_id


def test_a_retry_after_an_unknown_merge_does_not_publish_twice(town, unknown):
    town.forge.script.forget()
    retry(town, unknown)
    town.settle()
    assert (states(unknown), len(town.world.pulls)) == (["done"], 1)


def test_an_unknown_merge_is_found_out_without_an_operator(town, unknown):
    town.settle(within=timedelta(hours=1))
    assert states(unknown) == ["needs_operator"]
    town.forge.script.forget()
    town.settle()
    assert (states(unknown), len(town.world.pulls)) == (["done"], 1)
    assert Effect.objects.get(kind="merge").status == Effect.Status.DONE


def test_a_merge_that_stays_unknown_is_not_asked_about_for_ever(town, unknown):
    town.settle(within=timedelta(days=3))
    assert (states(unknown), PullRequest.objects.get().next_look_at) == (["needs_operator"], None)


def test_what_people_open_again_stays_open(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    town.forge.script.arm("delete_branch", Unavailable("502"))
    pull = town.world.pulls[1]
    town.forge.script.before("delete_branch", lambda: setattr(pull, "state", "open"))
    cancel_task(task_id, actor="olga", reason="no", ports=town.ports)
    town.settle()
    assert (pull.state, pull.head_branch in town.world.repository.branches) == ("open", True)


def test_what_a_person_pushed_to_our_branch_survives_a_retry(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    branch = town.world.pulls[1].head_branch
    theirs = town.world.push(branch, {"docs/other.md": "By hand.\n"})
    town.settle()
    assert Task.objects.get(pk=task_id).code == "head_moved"
    town.world.ci = CheckOutcome.SUCCESS
    retry(town, task_id)
    town.settle()
    assert states(task_id) == ["done"]
    assert (town.world.pulls[1].state, town.world.repository.branches[branch]) == ("open", theirs)


def cancelled(town):
    """The branch of a task that is about to be closed."""
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    cancel_task(task_id, actor="olga", reason="no", ports=town.ports)
    return town.world.pulls[1].head_branch


def test_what_a_person_pushes_while_we_delete_our_branch_stays(town):
    branch, pushed = cancelled(town), []
    mine = {"docs/other.md": "By hand.\n"}
    town.forge.script.before("delete_branch", lambda: pushed.append(town.world.push(branch, mine)))
    town.settle()
    assert town.world.repository.branches[branch] == pushed[0]
    assert PullRequest.objects.get().state == "abandoned"


def test_a_branch_whose_head_we_never_learnt_stays(town):
    branch = cancelled(town)
    town.forge.script.arm("close_pull", Unavailable("502"), times=5)
    town.settle(within=timedelta(seconds=5))
    PullRequest.objects.update(head_sha="")
    Effect.objects.filter(kind="branch").delete()
    town.settle()
    assert (town.world.pulls[1].state, branch in town.world.repository.branches) == ("closed", True)


def test_a_closing_that_fails_is_repeated(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    town.forge.script.arm("close_pull", Unavailable("502"), times=5)
    cancel_task(task_id, actor="olga", reason="no", ports=town.ports)
    town.settle(within=SHORT)
    assert (town.world.pulls[1].state, PullRequest.objects.get().state) == ("closed", "abandoned")


def test_nobody_boards_again_before_the_old_pull_request_is_closed(town):
    first, second = together(town)
    town.forge.script.arm("close_pull", Unavailable("502"), times=5)
    cancel_task(first, actor="olga", reason="no", ports=town.ports)
    town.settle(within=timedelta(seconds=5))
    assert states(first, second) == ["cancelled", "waiting_for_lane"]
    town.settle(within=SHORT)
    assert states(first, second) == ["cancelled", "awaiting_ci"]
    assert [pull.state for pull in town.world.pulls.values()] == ["merged", "closed", "open"]


@pytest.mark.parametrize("method", ["look_at", "find_pull", "branch_sha", "documents_at", "changed_files"])
def test_what_the_forge_does_not_find_at_once_is_looked_for_again(town, method):
    town.forge.script.arm(method, NotFound("404"), times=3)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


def test_a_pull_request_missing_in_the_answer_is_looked_for_again(town):
    seen = town.forge.look_at
    missing = iter([True] * 3)
    town.forge.look_at = lambda numbers: {} if next(missing, False) else seen(numbers)
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


@pytest.mark.parametrize("method", ["publish_branch", "open_pull"])
def test_what_exists_but_is_not_shown_yet_is_waited_for(town, method):
    look_up = {"publish_branch": "branch_sha", "open_pull": "find_pull"}[method]
    shown = getattr(town.forge, look_up)
    late = iter([True] * 3)

    def lagging(name):
        is_ours = name.startswith("orchestrator/")
        return None if is_ours and next(late, False) else shown(name)

    setattr(town.forge, look_up, lagging)
    town.forge.script.arm(method, Unknown("reset"), after_effect=True)
    task_id = town.ask(QUESTION)
    town.settle()
    assert (states(task_id), len(town.world.pulls)) == (["done"], 1)
