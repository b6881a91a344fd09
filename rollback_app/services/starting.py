"""Starting a rollback: the decision becomes a row, the tasks move, the lane is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError

from rollback_app import selectors, workflow
from rollback_app.models import Release, Rollback
from rollback_app.states import RELEASE, ReleaseEvent, ReleaseState, RollbackState
from tasks_app.pipeline.states import TASK, Event, State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import lanes
from tasks_app.services.commit import commit_act, finish
from tasks_app.services.errors import NotPossible
from tasks_app.services.transition import Happening, move_tasks

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOrder:
    """A decision to take some tasks of one merge back."""

    task_ids: tuple[UUID, ...]
    reason: str
    #: `policy` or an operator's user name.
    actor: str
    is_automatic: bool
    #: When the problem was first seen; TRB runs from here.
    detected_at: datetime


def start_rollback(release: Release, order: RollbackOrder, ports: Ports) -> Rollback:
    """Start it; raises `NotPossible` and changes nothing when a guard objects."""
    now = ports.clock()
    tasks = [t for t in selectors.tasks_in(release) if t.pk in order.task_ids]
    _refuse_unless_allowed(tasks, order, now)
    rollback = _row(release, order, ports.new_id(), now)
    with commit_act("start_rollback", ports) as mail:
        try:
            rollback.save(force_insert=True)
        except IntegrityError as error:
            raise NotPossible(
                "a rollback of this merge is under way: ask again once it is over", code="rollback_open"
            ) from error
        _take_release_along(release, order, now)
        happening = Happening(event=Event.ROLL_BACK, actor=order.actor, detail=order.reason)
        until = deadline_after(State.ROLLING_BACK, now + settings.ROLLBACK_TIMEOUT)
        rollback.tasks.set(move_tasks(tasks, happening, now=now, deadline_at=until))
        lanes.freeze_lane(release.pull.lane_id, f"rollback of {release.sha[:12]}", now=now)
        mail.hints.extend(workflow.resume_rollback(rollback.pk, RollbackState.REVERTING))
    return rollback


def _refuse_unless_allowed(tasks: list[Task], order: RollbackOrder, now: datetime) -> None:
    possible = TASK.sources(Event.ROLL_BACK)
    is_whole = bool(tasks) and {task.pk for task in tasks} == set(order.task_ids)
    if not is_whole or any(State(task.state) not in possible for task in tasks):
        raise NotPossible(
            "not everything that was chosen is live and can be taken back", code="nothing_to_roll_back"
        )
    recent = selectors.automatic_rollbacks_since(now - timedelta(hours=1))
    if order.is_automatic and recent >= settings.ROLLBACKS_PER_HOUR:
        detail = f"{recent} automatic rollbacks in the last hour: a person has to decide"
        raise NotPossible(detail, code="rollback_capped")


def _row(release: Release, order: RollbackOrder, rollback_id: UUID, now: datetime) -> Rollback:
    return Rollback(
        id=rollback_id,
        release=release,
        reason=order.reason[:500],
        is_automatic=order.is_automatic,
        actor=order.actor,
        head_branch=f"hotfix/rollback-{rollback_id.hex[:12]}",
        detected_at=order.detected_at,
        decided_at=now,
        entered_at=now,
        next_look_at=now,
        deadline_at=now + settings.ROLLBACK_TIMEOUT,
    )


def _take_release_along(release: Release, order: RollbackOrder, now: datetime) -> None:
    """A release that is not verified yet will not be; it goes on for tasks that are not taken back."""
    others = selectors.tasks_in(release, State.DEPLOYING, State.VERIFYING)
    if any(task.pk not in order.task_ids for task in others):
        return
    state = ReleaseState(release.state)
    if ReleaseEvent.FAIL in RELEASE.table[state]:
        target = RELEASE.target(state, ReleaseEvent.FAIL).value
        finish(
            release,
            now=now,
            state=target,
            code="rolled_back",
            note=order.reason,
            detected_at=order.detected_at,
            deadline_at=None,
        )
