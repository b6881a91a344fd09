"""Chains and chords, built from the state of a row and the names of jobs.

A hint names the rest of the segment from a state on, so that a lost message is made up for by
asking again what the state needs. Steps with a wait between them are never in one chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.courier import Hint
from tasks_app.pipeline.states import PullState, State

if TYPE_CHECKING:
    from uuid import UUID

_TASK_JOBS: dict[State, tuple[str, ...]] = {
    State.QUEUED: ("tasks.generate", "tasks.judge"),
    State.GENERATING: ("tasks.generate", "tasks.judge"),
    State.JUDGING: ("tasks.judge",),
    State.WAITING_FOR_LANE: ("tasks.depart",),
}

_PULL_JOBS: dict[PullState, tuple[str, ...]] = {
    PullState.PUBLISHING: ("tasks.publish", "tasks.look_at_ci"),
    PullState.AWAITING_CI: ("tasks.look_at_ci", "tasks.merge"),
    PullState.MERGING: ("tasks.merge",),
    PullState.CLOSING: ("tasks.close_pull",),
    PullState.ABANDONED: ("tasks.look_after",),
}


def resume_task(task_id: UUID, state: State, delay_s: float = 0.0) -> list[Hint]:
    """The rest of the segment that a task in `state` is in; empty where another row is worked on."""
    jobs = _TASK_JOBS.get(state)
    return [Hint(jobs=jobs, row_id=str(task_id), delay_s=delay_s)] if jobs else []


def resume_pull(pull_id: UUID, state: PullState, delay_s: float = 0.0) -> list[Hint]:
    """The rest of the segment that a pull request in `state` is in."""
    jobs = _PULL_JOBS.get(state)
    return [Hint(jobs=jobs, row_id=str(pull_id), delay_s=delay_s)] if jobs else []


def resume_notification(notification_id: UUID, delay_s: float = 0.0) -> list[Hint]:
    """The delivery of one message."""
    return [Hint(jobs=("tasks.notify",), row_id=str(notification_id), delay_s=delay_s)]
