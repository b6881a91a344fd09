"""Tasks that travel together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.ports.forge import CheckOutcome
from tasks_app.models import Task

if TYPE_CHECKING:
    from uuid import UUID

    from tests.fakes.town import Town


def states(*task_ids: UUID) -> list[str]:
    return [Task.objects.get(pk=task_id).state for task_id in task_ids]


def together(town: Town) -> list[UUID]:
    """Two tasks in one pull request, number 2, that waits for CI; they waited while number 1 went ahead."""
    town.world.ci = None
    town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[1].head_sha, name, CheckOutcome.SUCCESS)
    town.settle(within=timedelta(seconds=30))
    return ids
