"""Who gets off before anything is published, since a fellow passenger answers the same."""

from __future__ import annotations

from datetime import timedelta

from closedloop.ports.forge import CheckOutcome
from tasks_app.models import Task
from tasks_app.services.operator import cancel_task
from tests.fakes.town import QUESTION
from tests.integration.loop.passengers import states


def test_who_was_cancelled_while_it_got_off_is_cancelled(town):
    town.world.ci = None
    town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    town.work_off()
    # As a question is that is asked again after its hour while the first one still waits.
    Task.objects.filter(pk=ids[1]).update(question=QUESTION)
    town.world.ci = CheckOutcome.SUCCESS
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[1].head_sha, name, CheckOutcome.SUCCESS)

    def cancel_the_second():
        aboard = Task.objects.filter(state="publishing").order_by("-created_at", "-pk")
        cancel_task(aboard[0].pk, actor="olga", reason="not needed", ports=town.ports)

    town.forge.script.before("file_at", cancel_the_second)
    town.settle(within=timedelta(minutes=30))
    assert sorted(states(*ids)) == ["cancelled", "done"]
