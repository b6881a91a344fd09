"""The only writer of `Task.state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.db.models import F

from closedloop import sentry
from closedloop.log import breadcrumb
from closedloop.wiring import ports
from tasks_app.models import Task, TaskEvent
from tasks_app.pipeline.machine import IllegalEvent
from tasks_app.pipeline.states import SETTLED, TASK, Event, State, public_status
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import projection
from tasks_app.services.commit import LostClaim

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happens to a task, and why."""

    event: Event
    #: Worker, `policy` or an operator's user name.
    actor: str
    #: Target where the table allows several.
    to: State | None = None
    #: Stable word for why it ended or stopped.
    code: str = ""
    #: One line for an operator.
    detail: str = ""


def move_task(task: Task, happening: Happening, *, now: datetime, **columns: Any) -> None:
    """Move one task along an edge of the graph, with its event, inside the caller's transaction.

    Raises `IllegalEvent` when the table has no such edge and `LostClaim` when the row has changed
    since `task` was read; nothing is written in either case.
    """
    old = State(task.state)
    new = TASK.target(old, happening.event, happening.to)
    columns = {**_on_entering(task, new, happening, now), **columns}
    moved = Task.objects.filter(pk=task.pk, state=old.value, fence=task.fence).update(
        fence=F("fence") + 1, updated_at=now, **columns
    )
    if not moved:
        raise LostClaim
    TaskEvent.objects.create(
        task=task,
        at=now,
        event=happening.event,
        from_state=old,
        to_state=new,
        code=happening.code,
        detail=happening.detail,
        actor=happening.actor,
    )
    for column, value in columns.items():
        setattr(task, column, value)
    task.fence += 1
    task.updated_at = now

    def tell() -> None:
        # A partial has no name, by which Django reports what a robust callback lets out.
        _tell(task)

    transaction.on_commit(tell, robust=True)
    breadcrumb(task_id=str(task.pk), event=happening.event, old=old, new=new, code=happening.code)
    log.info(
        "task_moved", trace_id=str(task.pk), event_name=happening.event, old=old, new=new, code=happening.code
    )


def _tell(task: Task) -> None:
    """What others see of a committed move: the copy on the board, and Sentry when it failed."""
    projection.publish(task, ports())
    sentry.tag_task(task)
    if task.state == State.FAILED:
        sentry.report_task_failure(task)


def move_tasks(tasks: Iterable[Task], happening: Happening, *, now: datetime, **columns: Any) -> list[Task]:
    """Move every task for which the event is possible; returns those that moved."""
    moved = []
    for task in tasks:
        try:
            move_task(task, happening, now=now, **columns)
        except IllegalEvent:
            log.info("task_left_alone", trace_id=str(task.pk), event_name=happening.event, state=task.state)
        else:
            moved.append(task)
    return moved


def _on_entering(task: Task, new: State, happening: Happening, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "state": new.value,
        "status": public_status(new).value,
        "entered_at": now,
        "attempts": 0,
        "lease_until": None,
        "lease_owner": "",
        "next_look_at": None,
        "deadline_at": deadline_after(new, now),
        "code": happening.code,
        "error_msg": happening.detail if happening.code else "",
    }
    if new in (State.FAILED, State.NEEDS_OPERATOR):
        columns["left_state"] = task.state
    if new is State.GENERATING and task.started_at is None:
        columns["started_at"] = now
    if new is State.GENERATING:
        columns["model_attempts"] = 0
    columns["finished_at"] = now if new in SETTLED else None
    if new in SETTLED and task.settled_at is None:
        columns |= {"settled_at": now, "settled_state": new.value}
    return columns
