"""A worker that slept past its lease in front of its first act."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from tasks_app.services.operator import cancel_task
from tests.integration.loop.passengers import states

A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("asleep_in", ["file_at", "branch_sha"])
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
