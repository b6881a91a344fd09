"""Somebody else was quicker: whoever acts on a row that has changed is told so, and nothing is half done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Release, Rollback
from rollback_app.services.operator import roll_back
from rollback_app.services.releases import watch_deploy
from tasks_app.models import PullRequest, Task
from tasks_app.pipeline.states import PullState
from tasks_app.services.commit import try_claim, wait, wake
from tasks_app.services.errors import NotPossible
from tasks_app.services.operator import cancel_task, retry_task

A_SECOND = timedelta(seconds=1)


def somebody_touches(town, rows):
    """The rows change while the service is at it: between its first look at the clock and its writing."""

    def clock():
        rows.update(fence=F("fence") + 1)
        return town.now

    return replace(town.ports, clock=clock)


@pytest.fixture
def failed(town):
    town.world.ci = CheckOutcome.FAILURE
    task_id = town.ask()
    town.settle()
    town.world.ci = CheckOutcome.SUCCESS
    return Task.objects.get(pk=task_id)


def test_a_retry_that_lost_its_row_is_refused(town, failed):
    ports = somebody_touches(town, Task.objects.filter(pk=failed.pk))
    with pytest.raises(NotPossible, match="at this very moment"):
        retry_task(failed.pk, actor="olga", reason="flaky", ports=ports)
    assert Task.objects.get(pk=failed.pk).state == "failed"


def test_a_rollback_that_lost_its_release_is_refused_and_nothing_is_written(town):
    town.prober.fail()
    task_id = town.ask()
    town.settle(within=A_SECOND)
    ports = somebody_touches(town, Release.objects.all())
    with pytest.raises(NotPossible, match="at this very moment"):
        roll_back([task_id], actor="olga", reason="wrong", ports=ports)
    assert not Rollback.objects.exists()
    assert Task.objects.get(pk=task_id).state == "verifying"


def test_nobody_is_told_of_a_failure_that_was_not_written(town):
    town.deployer.version = "0" * 40
    town.ask()
    town.settle(within=A_SECOND)
    release = Release.objects.get()
    Release.objects.update(next_look_at=town.now, deadline_at=town.now)
    town.deployer.script.before("live_version", lambda: Release.objects.update(fence=F("fence") + 1))
    watch_deploy(release.pk, town.ports)
    assert (Release.objects.get().state, town.notifier.messages) == ("deploying", [])


def test_a_wish_to_cancel_is_refused_once_the_task_has_left_its_pull_request(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    ports = somebody_touches(town, Task.objects.filter(pk=task_id))
    with pytest.raises(NotPossible):
        cancel_task(task_id, actor="olga", reason="no", ports=ports)
    assert Task.objects.get(pk=task_id).cancel_requested_at is None


def test_a_wake_up_between_a_look_and_its_end_brings_the_next_look_forward(town):
    town.world.ci = None
    town.ask()
    town.work_off()
    pull = PullRequest.objects.get()
    PullRequest.objects.update(next_look_at=town.now)
    claimed = try_claim(PullRequest, pull.pk, PullState.AWAITING_CI, ports=town.ports, lease=settings.LEASE)
    assert claimed is not None
    wake(PullRequest.objects.all(), now=town.now)
    assert wait(claimed, until=town.now + settings.LEASE, ports=town.ports)
    assert PullRequest.objects.get().next_look_at == town.now


def test_a_merged_change_cannot_be_cancelled_only_rolled_back(town, settings):
    settings.ROLLBACKS_PER_HOUR = 0
    town.prober.fail()
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "needs_operator"
    with pytest.raises(NotPossible, match="rolled back"):
        cancel_task(task_id, actor="olga", reason="no", ports=town.ports)


def test_a_worker_that_slept_past_its_lease_in_front_of_a_merge_does_no_harm(town):
    def others_go_on():
        town.now += settings.LEASE + A_SECOND
        town.sweep()
        town.work_off()

    town.forge.script.before("create_tag", others_go_on)
    task_id = town.ask()
    town.settle()
    assert (Task.objects.get(pk=task_id).state, town.forge.script.count("merge_pull")) == ("done", 1)


def test_a_wish_to_cancel_takes_its_locks_in_the_order_of_the_workers(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    with CaptureQueriesContext(connection) as asked:
        cancel_task(task_id, actor="olga", reason="no", ports=town.ports)
    written = [query["sql"].split()[1].strip('"') for query in asked if query["sql"].startswith("UPDATE")]
    assert written == ["tasks_app_pullrequest", "agent_tasks"]
