"""All rows at one moment, read once, so that looking at them often is cheap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollback_app.models import Release, Rollback
from tasks_app.models import Lane, PullRequest, Task, TaskEvent

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Rows by their keys."""

    tasks: dict[UUID, Task]
    pulls: dict[UUID, PullRequest]
    lanes: list[Lane]
    #: By the pull request they are of.
    releases: dict[UUID, Release]
    rollbacks: dict[UUID, Rollback]
    #: Which tasks each rollback takes back.
    taken_back: dict[UUID, set[UUID]]
    #: In the order in which they were written.
    events: list[TaskEvent]

    def numbered(self) -> list[PullRequest | Rollback]:
        """Whatever has, or will have, a pull request on the forge."""
        return [*self.pulls.values(), *self.rollbacks.values()]

    def pull_of(self, task: Task) -> PullRequest | None:
        """The pull request that carries a task."""
        return self.pulls.get(task.pull_id) if task.pull_id else None

    def release_of(self, task: Task) -> Release | None:
        """The release that carries a task."""
        return self.releases.get(task.pull_id) if task.pull_id else None


def take() -> Snapshot:
    """Read everything now."""
    taken_back = defaultdict(set)
    for rollback_id, task_id in Rollback.tasks.through.objects.values_list("rollback_id", "task_id"):
        taken_back[rollback_id].add(task_id)
    return Snapshot(
        tasks={task.pk: task for task in Task.objects.order_by("created_at", "pk")},
        pulls={pull.pk: pull for pull in PullRequest.objects.order_by("created_at", "pk")},
        lanes=list(Lane.objects.all()),
        releases={release.pull_id: release for release in Release.objects.all()},
        rollbacks={rollback.pk: rollback for rollback in Rollback.objects.order_by("decided_at", "pk")},
        taken_back=dict(taken_back),
        events=list(TaskEvent.objects.order_by("pk")),
    )
