"""A worker that slept past its lease in front of its first act."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Rollback
from rollback_app.services.operator import give_up_rollback, roll_back
from tasks_app.services.operator import cancel_task
from tests.integration.loop.passengers import states

A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("asleep_in", ["file_at", "branch_sha", "publish_branch"])
def test_who_slept_past_its_lease_publishes_nothing_that_was_cancelled(town, asleep_in):
    def others_go_on():
        cancel_task(task_id, actor="olga", reason="not needed", ports=town.ports)
        town.now += settings.LEASE + A_SECOND
        town.settle(within=timedelta(minutes=5))

    town.courier.loses_next = {"tasks.publish"}
    task_id = town.ask()
    town.work_off()
    assert states(task_id) == ["publishing"]
    town.forge.script.before(asleep_in, others_go_on)
    town.settle()
    assert (states(task_id), dict(town.world.pulls)) == (["cancelled"], {})
    assert [name for name in town.world.repository.branches if name != "main"] == []


def test_who_slept_in_the_push_itself_opens_no_pull_request_and_leaves_no_branch(town):
    def others_go_on():
        cancel_task(task_id, actor="olga", reason="not needed", ports=town.ports)
        town.now += settings.LEASE + A_SECOND
        town.settle(within=timedelta(minutes=5))

    town.courier.loses_next = {"tasks.publish"}
    task_id = town.ask()
    town.work_off()
    town.forge.script.before("the push itself", others_go_on)
    town.settle()
    assert (states(task_id), dict(town.world.pulls)) == (["cancelled"], {})
    assert list(town.world.repository.branches) == ["main"]


def test_whose_fellow_was_cancelled_meanwhile_travels_once(town):
    town.world.ci = None
    town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[1].head_sha, name, CheckOutcome.SUCCESS)
    town.world.ci = CheckOutcome.SUCCESS

    def others_go_on():
        cancel_task(ids[0], actor="olga", reason="not needed", ports=town.ports)
        town.now += settings.LEASE + A_SECOND
        town.settle(within=timedelta(minutes=5))

    town.forge.script.before("the push itself", others_go_on)
    town.settle()
    assert states(*ids) == ["cancelled", "done"]
    assert [pull.state for pull in town.world.pulls.values()] == ["merged", "merged"]


def test_a_hotfix_that_was_given_up_meanwhile_is_not_published(town):
    def others_go_on():
        edited = town.page.replace("120 requests", "240 requests")
        assert edited != town.page
        town.world.push("main", {"docs/FAQ.md": edited})
        town.now += settings.LEASE + A_SECOND
        town.settle(within=timedelta(minutes=1))
        rollback = Rollback.objects.get()
        assert rollback.code == "revert_conflict"
        give_up_rollback(rollback.pk, actor="olga", reason="it may stay", ports=town.ports)

    task_id = town.ask()
    town.settle()
    town.now += timedelta(minutes=2)
    town.forge.script.before("publish_branch", others_go_on)
    roll_back((task_id,), actor="olga", reason="wrong", ports=town.ports)
    town.settle()
    assert not any(name.startswith("hotfix/") for name in town.world.repository.branches)
    assert [pull.state for pull in town.world.pulls.values()] == ["merged"]
