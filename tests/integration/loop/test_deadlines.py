"""Nothing stays open for ever, and nobody is given up while somebody works for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import RateLimited, Unavailable
from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Release, Rollback
from rollback_app.services.operator import resume_rollback, roll_back
from tasks_app.models import Lane, PullRequest, Task
from tasks_app.services.operator import cancel_task
from tests.fakes.town import Unforeseen
from tests.integration.loop.passengers import states

SHORT = timedelta(seconds=30)


def breaks(town, method, owner=None):
    """Let a port method fail in a way that nobody foresaw, until it is put back."""

    def fail(*_args):
        raise Unforeseen

    setattr(owner or town.forge, method, fail)


@pytest.mark.parametrize("method", ["branch_sha", "look_at", "changed_files"])
def test_a_step_that_breaks_in_an_unforeseen_way_frees_its_lane_in_the_end(town, method):
    town.world.ci = None
    first = town.ask()
    town.settle(within=timedelta(seconds=5))
    if method == "branch_sha":
        PullRequest.objects.update(state="publishing")
        Task.objects.update(state="publishing")
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[1])
    breaks(town, method)
    town.survive(timedelta(hours=3))
    assert (states(first), Lane.objects.get().pull) == (["needs_operator"], None)


def test_a_release_whose_probes_break_fails_by_name(town):
    breaks(town, "probe", town.prober)
    task_id = town.ask()
    town.survive(timedelta(hours=3))
    assert Task.objects.get(pk=task_id).code == "verify_timeout"
    assert Release.objects.get().state == "failed"


def test_a_rollback_whose_look_breaks_asks_for_an_operator(town):
    task_id = town.ask()
    town.settle()
    breaks(town, "look_at")
    roll_back([task_id], actor="olga", reason="wrong", ports=town.ports)
    town.survive(timedelta(hours=3))
    assert (Rollback.objects.get().code, states(task_id)) == ("rollback_timeout", ["needs_operator"])


def test_a_slow_ci_that_is_allowed_for_is_waited_for(town, settings):
    settings.CI_TIMEOUT = timedelta(hours=4)
    town.world.ci = None
    task_id = town.ask()
    town.settle(within=timedelta(minutes=70))
    assert states(task_id) == ["awaiting_ci"]
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[1])
    town.settle()
    assert states(task_id) == ["done"]


def test_a_slow_deploy_that_is_allowed_for_is_waited_for(town, settings):
    settings.DEPLOY_TIMEOUT = timedelta(hours=4)
    town.deployer.version = "0" * 40
    task_id = town.ask()
    town.settle(within=timedelta(minutes=70))
    assert states(task_id) == ["deploying"]
    town.deployer.version = lambda: town.world.repository.branches["main"]
    town.settle()
    assert states(task_id) == ["done"]


def test_what_is_ready_to_merge_waits_as_long_as_a_rollback_takes(town):
    done = town.ask()
    town.settle()
    town.world.ci = CheckOutcome.FAILURE
    rollback = roll_back([done], actor="olga", reason="wrong", ports=town.ports)
    town.settle()
    town.world.ci = CheckOutcome.SUCCESS
    waiting = town.ask("What does an export hold?")
    town.settle(within=timedelta(minutes=70))
    assert states(waiting) == ["merging"]
    for name in ("lint", "smoke"):
        town.world.report(Rollback.objects.get().head_sha, name, CheckOutcome.SUCCESS)
    resume_rollback(rollback.pk, actor="olga", reason="mended", ports=town.ports)
    town.settle()
    assert states(done) == ["rolled_back"]


def test_a_pull_request_without_anybody_aboard_is_closed_not_merged(town):
    town.world.ci = None
    town.ask()
    town.settle(within=SHORT)
    Task.objects.update(state="failed", status="error")
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[1])
    town.settle()
    assert (town.world.pulls[1].state, Lane.objects.get().pull) == ("closed", None)


def test_an_ordered_pause_does_not_count_against_the_deadline(town):
    town.forge.script.arm("documents_at", RateLimited("slow", retry_at=town.now + timedelta(hours=1)))
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]


def test_a_model_that_orders_a_long_pause_is_taken_for_out(town):
    pause = RateLimited("slow", retry_at=town.now + timedelta(hours=1))
    town.model.script.arm("complete", pause, times=5)
    task_id = town.ask()
    town.settle(within=SHORT)
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.is_degraded) == ("done", True)


def test_a_forge_that_was_away_leaves_the_model_its_tries(town):
    town.forge.script.arm("branch_sha", Unavailable("502"), times=4)
    town.model.script.arm("complete", Unavailable("503"), times=2)
    task_id = town.ask()
    town.settle()
    assert (Task.objects.get(pk=task_id).is_degraded, town.model.script.count("complete")) == (False, 3)


def test_entries_that_find_no_place_ask_an_operator(town):
    town.world.ci = None
    first = town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    town.work_off()
    town.world.push("main", {"docs/FAQ.md": "```\nnever closed\n"})
    cancel_task(first, actor="olga", reason="no", ports=town.ports)
    town.settle()
    ended = Task.objects.filter(pk__in=ids).values_list("state", "code")
    assert list(ended) == [("needs_operator", "operation_refused")] * 2
