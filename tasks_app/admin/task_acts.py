"""What an operator may do to a task. Other contexts offer more by `offer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks_app.admin.acts import Act, Press
from tasks_app.pipeline.states import TASK, Event, State
from tasks_app.services.operator import cancel_task, retry_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks_app.models import Task


#: Left only for a rollback's sake: there is nothing to repeat.
_NO_STEPS = {State.ROLLING_BACK, State.NEEDS_OPERATOR}


def is_retryable(task: Task) -> bool:
    """It failed or asks for an operator, and what it left is a step that can be gone back to."""
    edges = TASK.table[State(task.state)]
    has_step = bool(task.left_state) and task.left_state not in _NO_STEPS
    return has_step and (Event.RETRY in edges or Event.RESUME in edges)


def is_cancellable(task: Task) -> bool:
    """It is not merged yet, and nobody has asked to cancel it."""
    return Event.CANCEL in TASK.table[State(task.state)] and task.cancel_requested_at is None


def _retry(tasks: Sequence[Task], press: Press) -> None:
    (task,) = tasks
    retry_task(task.pk, actor=press.actor, reason=press.reason, ports=press.ports)


def _cancel(tasks: Sequence[Task], press: Press) -> None:
    (task,) = tasks
    cancel_task(task.pk, actor=press.actor, reason=press.reason, ports=press.ports)


TASK_ACTS: list[Act] = [
    Act(
        name="retry",
        label="Retry",
        explanation="The task goes back to the step that failed. A pull request it left behind is closed.",
        done="Retried",
        permission="tasks_app.retry_task",
        icon="replay",
        tone="plain",
        is_possible=is_retryable,
        do=_retry,
    ),
    Act(
        name="cancel",
        label="Cancel",
        explanation="The task is stopped before it is merged. Aboard a pull request this is honoured at the "
        "next look; if the merge is under way by then, it is too late.",
        done="Cancelled",
        permission="tasks_app.cancel_task",
        icon="block",
        tone="danger",
        is_possible=is_cancellable,
        do=_cancel,
    ),
]


def offer(act: Act) -> None:
    """Put another context's button on the task's page and into the list's menu."""
    TASK_ACTS.append(act)
