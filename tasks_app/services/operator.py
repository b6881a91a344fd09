"""What an operator may do to a task: retry and cancel. Every act leaves an event with name and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F

from tasks_app import selectors, workflow
from tasks_app.models import PullRequest, Task, TaskEvent
from tasks_app.pipeline.states import TASK, Event, PullState, State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services.acceptance import hold_again
from tasks_app.services.commit import LostClaim, commit_act, wake
from tasks_app.services.errors import NotPossible, UnknownTask
from tasks_app.services.pulls import ABOARD, RED_CODES, withdraw
from tasks_app.services.suspects import alone
from tasks_app.services.transition import Happening, move_task

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports

#: Where a retry goes back to, by the state that was left.
_BACK_TO: dict[State, State] = {
    State.QUEUED: State.GENERATING,
    State.GENERATING: State.GENERATING,
    State.JUDGING: State.GENERATING,
    State.AWAITING_APPROVAL: State.GENERATING,
    State.WAITING_FOR_LANE: State.WAITING_FOR_LANE,
    State.PUBLISHING: State.WAITING_FOR_LANE,
    State.AWAITING_CI: State.WAITING_FOR_LANE,
    State.MERGING: State.WAITING_FOR_LANE,
    State.DEPLOYING: State.DEPLOYING,
    State.VERIFYING: State.DEPLOYING,
}


def retry_task(task_id: UUID, *, actor: str, reason: str, ports: Ports) -> Task:
    """Go back to the step that failed or asked; raises `UnknownTask` and `NotPossible`."""
    task = _task(task_id)
    state = State(task.state)
    event = Event.RESUME if state is State.NEEDS_OPERATOR else Event.RETRY
    target = _BACK_TO.get(State(task.left_state)) if task.left_state else None
    if event not in TASK.table[state] or target is None:
        raise NotPossible(f"a task that is {state} cannot be retried")
    with commit_act("retry", ports) as mail:
        now = ports.clock()
        if other := hold_again(task, now):
            raise NotPossible(f"task {other} answers the same question", code="superseded")
        pull = PullRequest.objects.select_for_update().get(pk=task.pull_id) if task.pull_id else None
        if pull and pull.state == PullState.MERGED:
            target, columns = State.DEPLOYING, {"merge_sha": pull.merge_sha, "merged_at": pull.merged_at}
            columns["deadline_at"] = deadline_after(target, now + settings.DEPLOY_TIMEOUT)
            mail.post("rollback.retry_release", pull.pk, now=now)
        else:
            columns = {"next_look_at": now, **_company(task, now)}
            mail.hints.extend(_put_away(pull, now))
            mail.hints.extend(workflow.resume_task(task.pk, target))
        happening = Happening(event=event, actor=actor, to=target, detail=reason)
        move_task(task, happening, now=now, cancel_requested_at=None, **columns)
    return task


def _company(task: Task, now: datetime) -> dict[str, Any]:
    """A task whose own checks were red travels alone, should it go through unchanged."""
    is_red = task.code in RED_CODES
    return {"part": alone(task, task.error_msg, now=now), "red_runs": 0} if is_red else {}


def _put_away(pull: PullRequest | None, now: datetime) -> list[Hint]:
    """Close what the task left to people; a merge that nobody noticed is found on the way."""
    return withdraw(pull, now=now) if pull and pull.state == PullState.ABANDONED else []


def cancel_task(task_id: UUID, *, actor: str, reason: str, ports: Ports) -> Task:
    """Stop a task before it is merged; raises `UnknownTask` and `NotPossible`.

    Aboard a pull request the wish is written down and honoured at the next look: the merge may be
    under way, and then it is too late.
    """
    task = _task(task_id)
    state = State(task.state)
    if Event.CANCEL not in TASK.table[state]:
        raise NotPossible(f"a task that is {state} cannot be cancelled")
    if task.merge_sha:
        raise NotPossible("it is merged: it can only be rolled back", code="merged")
    with commit_act("cancel", ports) as mail:
        now = ports.clock()
        if state in ABOARD and task.pull_id:
            # The shared row before its tasks, as its workers do it: else two of them wait for each other.
            pull = PullRequest.objects.select_for_update().get(pk=task.pull_id)
            wake(PullRequest.objects.filter(pk=pull.pk), now=now)
            _ask_to_cancel(task, actor, reason, now)
            mail.hints.extend(workflow.resume_pull(pull.pk, PullState(pull.state)))
        else:
            happening = Happening(event=Event.CANCEL, actor=actor, code="cancelled", detail=reason)
            move_task(task, happening, now=now)
    return task


def _task(task_id: UUID) -> Task:
    task = selectors.task_by_id(task_id)
    if task is None:
        raise UnknownTask(f"there is no task {task_id}")
    return task


def _ask_to_cancel(task: Task, actor: str, reason: str, now: datetime) -> None:
    """Write the wish down, if the task still is where it was seen; raises `LostClaim` when it is not."""
    seen = Task.objects.filter(pk=task.pk, state=task.state, fence=task.fence)
    if not seen.update(cancel_requested_at=now, fence=F("fence") + 1, updated_at=now):
        raise LostClaim
    TaskEvent.objects.create(
        task=task,
        at=now,
        event="ask_to_cancel",
        from_state=task.state,
        to_state=task.state,
        detail=reason,
        actor=actor,
    )
