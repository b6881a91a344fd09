"""The buttons of this context: take back one task, everything of a release; resume a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollback_app import selectors
from rollback_app.services.operator import give_up_rollback, resume_rollback, roll_back
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.admin.acts import Act, Press
from tasks_app.admin.task_acts import offer
from tasks_app.pipeline.states import TASK, Event, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from rollback_app.models import Release, Rollback
    from tasks_app.models import Task

_EXPLANATION = (
    "A hotfix pull request takes the change out of the document again, is merged after smoke checks, "
    "deployed and confirmed. Nothing else merges on this file until then. An incident issue is opened and "
    "people are told."
)


def is_undoable(task: Task) -> bool:
    """It was merged, and its state may be left by a rollback."""
    return bool(task.merge_sha) and Event.ROLL_BACK in TASK.table[State(task.state)]


def _together(tasks: Sequence[Task]) -> list[list[Task]]:
    """As one or not at all: rollbacks of several merges of one file would get in each other's way."""
    return [list(tasks)]


def _undo_tasks(tasks: Sequence[Task], press: Press) -> None:
    _undo([task.pk for task in tasks], press)


def _undo_release(releases: Sequence[Release], press: Press) -> None:
    (release,) = releases
    _undo([task.pk for task in selectors.tasks_in(release)], press)


def _undo(task_ids: Sequence[UUID], press: Press) -> None:
    roll_back(task_ids, actor=press.actor, reason=press.reason, ports=press.ports)


def is_release_undoable(release: Release) -> bool:
    """Something of it is live, and no rollback of it is under way."""
    is_under_way = selectors.open_rollbacks().filter(release=release).exists()
    return not is_under_way and bool(selectors.tasks_in(release))


def is_resumable(rollback: Rollback) -> bool:
    """It asked for an operator."""
    return RollbackEvent.RESUME in ROLLBACK.table[RollbackState(rollback.state)]


def _resume(rollbacks: Sequence[Rollback], press: Press) -> None:
    (rollback,) = rollbacks
    resume_rollback(rollback.pk, actor=press.actor, reason=press.reason, ports=press.ports)


def is_abandonable(rollback: Rollback) -> bool:
    """It asked for an operator, who may decide against it."""
    return RollbackEvent.GIVE_UP in ROLLBACK.table[RollbackState(rollback.state)]


def _give_up(rollbacks: Sequence[Rollback], press: Press) -> None:
    (rollback,) = rollbacks
    give_up_rollback(rollback.pk, actor=press.actor, reason=press.reason, ports=press.ports)


def _roll_back(**columns: Any) -> Act:
    return Act(
        name="roll_back",
        explanation=_EXPLANATION,
        done="Rollback started",
        permission="rollback_app.roll_back",
        icon="undo",
        tone="danger",
        **columns,
    )


RELEASE_ACTS = [
    _roll_back(label="Roll back all its tasks", is_possible=is_release_undoable, do=_undo_release),
]
ROLLBACK_ACTS = [
    Act(
        name="resume",
        label="Resume",
        explanation="The rollback goes on with the step that asked for an operator.",
        done="Resumed",
        permission="rollback_app.resume_rollback",
        icon="play_arrow",
        tone="plain",
        is_possible=is_resumable,
        do=_resume,
    ),
    Act(
        name="give_up",
        label="Give up",
        explanation="What is live stays as it is, because people have mended it or decided so. Its tasks end "
        "failed, merges go on, and an open hotfix pull request is left to people.",
        done="Given up",
        permission="rollback_app.give_up_rollback",
        icon="front_hand",
        tone="danger",
        is_possible=is_abandonable,
        do=_give_up,
    ),
]
offer(_roll_back(label="Roll back", is_possible=is_undoable, do=_undo_tasks, batches=_together))
