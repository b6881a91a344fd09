"""Releases and rollbacks that stopped and go on: judged by what is seen then, and no lane frozen for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unknown
from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Release, Rollback
from rollback_app.services.operator import give_up_rollback, resume_rollback, roll_back
from tasks_app.models import Lane, Task
from tasks_app.services.errors import NotPossible
from tasks_app.services.operator import retry_task
from tests.fakes.town import PAGE
from tests.integration.loop.passengers import states, together

SHORT = timedelta(seconds=30)
OTHER = "Which file format does an export have?"


def undo(town, *task_ids):
    return roll_back(task_ids, actor="olga", reason="wrong", ports=town.ports)


def resume(town, rollback):
    resume_rollback(rollback.pk, actor="olga", reason="mended", ports=town.ports)


def red_rollback(town):
    """A rollback that asks for an operator because its checks are red."""
    task_id = town.ask(OTHER)
    town.settle()
    town.world.ci = CheckOutcome.FAILURE
    rollback = undo(town, task_id)
    town.settle()
    return rollback


def turn_green(town, rollback):
    rollback.refresh_from_db()
    for name in ("lint", "smoke"):
        town.world.report(rollback.head_sha, name, CheckOutcome.SUCCESS)


def test_a_hand_over_that_got_lost_is_made_up_for(town):
    town.courier.loses_next = {"rollback.take_release"}
    task_id = town.ask()
    town.settle()
    assert (states(task_id), town.courier.loses_next) == (["done"], set())


def test_a_retried_verification_is_judged_by_what_is_seen_then(town, settings):
    settings.ROLLBACKS_PER_HOUR = 0
    town.prober.fail()
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).code == "rollback_capped"
    town.prober.forced = None
    settings.ROLLBACKS_PER_HOUR = 5
    retry_task(task_id, actor="olga", reason="the site is well again", ports=town.ports)
    town.settle()
    assert (states(task_id), Rollback.objects.count()) == (["done"], 0)


def test_a_rollback_after_which_the_site_was_still_ill_can_be_resumed(town):
    task_id = town.ask()
    town.settle()
    town.prober.fail()
    rollback = undo(town, task_id)
    town.settle()
    assert Rollback.objects.get().code == "still_unhealthy"
    town.prober.forced = None
    resume(town, rollback)
    town.settle()
    assert states(task_id) == ["rolled_back"]


def test_a_resumed_rollback_has_its_whole_time_again(town):
    rollback = red_rollback(town)
    town.now += timedelta(hours=1)
    town.world.checks[Rollback.objects.get().head_sha].clear()
    resume(town, rollback)
    town.settle(within=timedelta(minutes=5))
    assert Rollback.objects.get().state == "awaiting_checks"
    turn_green(town, rollback)
    town.settle()
    assert Rollback.objects.get().state == "done"


def test_a_lane_stays_frozen_until_its_last_rollback_is_over(town):
    kept = town.ask()
    town.settle()
    red = red_rollback(town)
    town.world.push("main", {"docs/FAQ.md": town.page.replace("120 requests", "121 requests")})
    stuck = undo(town, kept)
    town.settle()
    turn_green(town, red)
    resume(town, red)
    town.settle()
    assert Rollback.objects.get(pk=red.pk).state == "done"
    assert Lane.objects.get().frozen_at is not None
    give_up_rollback(stuck.pk, actor="olga", reason="mended by hand", ports=town.ports)
    assert Lane.objects.get().frozen_at is None


def test_a_rollback_that_people_made_needless_is_given_up_and_merges_go_on(town):
    rollback = red_rollback(town)
    give_up_rollback(rollback.pk, actor="olga", reason="mended by hand", ports=town.ports)
    town.world.ci = CheckOutcome.SUCCESS
    later = town.ask()
    town.settle()
    given_up = Task.objects.exclude(pk=later).get()
    assert (given_up.state, given_up.code, given_up.error_msg) == (
        "failed",
        "rollback_given_up",
        "mended by hand",
    )
    assert (states(later), Rollback.objects.get().state) == (["done"], "given_up")


def test_a_rollback_under_way_cannot_be_given_up(town):
    task_id = town.ask()
    town.settle()
    rollback = undo(town, task_id)
    with pytest.raises(NotPossible):
        give_up_rollback(rollback.pk, actor="olga", reason="never mind", ports=town.ports)


def test_the_rest_of_a_merge_goes_on_when_one_task_is_taken_back_before_it_is_verified(town):
    town.deployer.version = "0" * 40
    ids = together(town)
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[2].head_sha, name, CheckOutcome.SUCCESS)
    town.settle(within=SHORT)
    assert states(*ids) == ["deploying", "deploying"]
    town.world.ci = CheckOutcome.SUCCESS
    undo(town, ids[0])
    town.deployer.version = lambda: town.world.repository.branches["main"]
    town.settle()
    assert states(*ids) == ["rolled_back", "done"]


def test_what_people_took_out_of_production_is_not_rolled_back_by_itself(town):
    town.prober.fail()
    task_id = town.ask()
    town.settle(within=timedelta(seconds=1))
    assert Release.objects.get().state == "verifying"
    town.deployer.version = next(iter(town.world.repository.commits))
    town.settle()
    assert Task.objects.get(pk=task_id).code == "not_live_any_more"
    assert not Rollback.objects.exists()


def test_tasks_of_which_one_was_taken_back_already_are_not_taken_back_together(town):
    ids = together(town)
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[2])
    town.settle()
    undo(town, ids[0])
    town.settle()
    with pytest.raises(NotPossible):
        undo(town, *ids)
    assert states(*ids) == ["rolled_back", "done"]


def test_an_incident_that_the_list_of_issues_does_not_show_yet_is_not_opened_twice(town):
    task_id = town.ask()
    town.settle()
    shown, late = town.forge.find_issue, iter([True] * 5)
    town.forge.find_issue = lambda draft: None if next(late, False) else shown(draft)
    town.forge.script.arm("open_issue", Unknown("reset"), after_effect=True)
    undo(town, task_id)
    town.settle()
    assert (states(task_id), len(town.world.issues)) == (["rolled_back"], 1)


def test_a_task_that_asked_by_its_own_deadline_still_ends_rolled_back(town):
    task_id = town.ask()
    town.settle()
    undo(town, task_id)
    Task.objects.update(deadline_at=town.now)
    town.settle()
    assert (states(task_id), town.page) == (["rolled_back"], PAGE)
