"""What remains of a run: all rows and the forge's whole history, to be compared with another run's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_app.models import ProbeResult, Release, Rollback
from tasks_app.models import Effect, Notification, PullRequest, Task, TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.scene import Scene

_ROWS = (Task, PullRequest, Release, Rollback, Notification, Effect, TaskEvent, ProbeResult)
#: Written by the database's own clock or by Python's, and read by nobody.
_UNTRACED = {"updated_at"}


def of(scene: Scene) -> Iterator[str]:
    """One line for each row and each thing on the forge."""
    for model in _ROWS:
        names = [field.attname for field in model._meta.concrete_fields if field.name not in _UNTRACED]
        for values in model.objects.order_by("pk").values_list(*names):
            yield f"{model.__name__} {' '.join(map(str, values))}"
    repository = scene.world.repository
    yield from (f"commit {commit.sha} {commit.message!r}" for commit in repository.commits.values())
    yield from (f"branch {name} {sha}" for name, sha in repository.branches.items())
    yield from (f"tag {name} {sha}" for name, sha in repository.tags.items())
    yield from map(str, scene.world.pulls.values())
    yield from map(str, scene.world.issues.values())
    yield from map(str, scene.world.comments.items())
    yield from map(str, scene.town.notifier.messages)
