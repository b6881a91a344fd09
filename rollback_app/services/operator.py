"""What an operator may do here: take tasks back, and resume a rollback that asked for help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from rollback_app import selectors, workflow
from rollback_app.models import Rollback
from rollback_app.services.freezing import thaw_unless_another
from rollback_app.services.starting import RollbackOrder, start_rollback
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.models import Task
from tasks_app.pipeline.states import Event, State
from tasks_app.services import lanes
from tasks_app.services.commit import commit_act, finish
from tasks_app.services.errors import NotPossible, UnknownTask
from tasks_app.services.transition import Happening, move_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from closedloop.wiring import Ports
    from rollback_app.models import Release


def roll_back(task_ids: Sequence[UUID], *, actor: str, reason: str, ports: Ports) -> Rollback:
    """Take tasks of one merge back because an operator says so.

    Raises `UnknownTask` and `NotPossible`; then nothing was changed.
    """
    if not reason.strip():
        raise NotPossible("give a reason for the rollback", code="reason_missing")
    tasks = list(Task.objects.filter(pk__in=task_ids))
    if len(tasks) != len(set(task_ids)):
        raise UnknownTask("no task has this id")
    _refuse_the_second(tasks)
    release = _release_of_all(tasks)
    order = RollbackOrder(
        task_ids=tuple(task_ids),
        reason=reason.strip(),
        actor=actor,
        is_automatic=False,
        detected_at=ports.clock(),
    )
    return start_rollback(release, order, ports)


def _release_of_all(tasks: Sequence[Task]) -> Release:
    """The merge that brought all of them."""
    releases = {selectors.release_of(task) for task in tasks}
    merged = [release for release in releases if release]
    if len(releases) == len(merged) == 1:
        return merged[0]
    why = (
        "choose tasks that were merged together; one of them never was merged"
        if len(merged) < len(releases) or not merged
        else f"these were merged in {len(merged)} pull requests: roll back those of one at a time"
    )
    raise NotPossible(why, code="nothing_to_roll_back")


def _refuse_the_second(tasks: Sequence[Task]) -> None:
    """Who asks twice hears that the first one counts."""
    states = {task.state for task in tasks}
    if State.ROLLING_BACK in states:
        raise NotPossible("a rollback of what was chosen is under way", code="rollback_open")
    if states == {State.ROLLED_BACK}:
        raise NotPossible("what was chosen is rolled back already", code="already_rolled_back")


def resume_rollback(rollback_id: UUID, *, actor: str, reason: str, ports: Ports) -> None:
    """Go on with the step that asked for an operator; time and probes begin anew. Raises `NotPossible`."""
    rollback = _waiting_for_operator(rollback_id)
    with commit_act("resume_rollback", ports) as mail:
        now = ports.clock()
        left = RollbackState(rollback.left_state)
        state = ROLLBACK.target(RollbackState.NEEDS_OPERATOR, RollbackEvent.RESUME, left)
        columns = {
            "code": "",
            "deadline_at": now + settings.ROLLBACK_TIMEOUT,
            "first_round": rollback.round + 1,
            "first_rebuild": rollback.rebuilds,
        }
        finish(rollback, now=now, state=state.value, next_look_at=now, **columns)
        happening = Happening(event=Event.RESUME, actor=actor, to=State.ROLLING_BACK, detail=reason)
        move_tasks(rollback.tasks.filter(state=State.NEEDS_OPERATOR), happening, now=now)
        mail.hints.extend(workflow.resume_rollback(rollback.pk, state))


def give_up_rollback(rollback_id: UUID, *, actor: str, reason: str, ports: Ports) -> None:
    """Leave what is live as it is, because people have mended it or decided so. Raises `NotPossible`.

    Its tasks end `failed` with code `rollback_given_up`; merges go on; an open hotfix is left to people.
    """
    if not reason.strip():
        raise NotPossible("give a reason for giving the rollback up", code="reason_missing")
    rollback = _waiting_for_operator(rollback_id)
    with commit_act("give_up_rollback", ports) as mail:
        now = ports.clock()
        lane_id = rollback.release.pull.lane_id
        lanes.lock_lane(lane_id)
        state = ROLLBACK.target(RollbackState.NEEDS_OPERATOR, RollbackEvent.GIVE_UP)
        finish(rollback, now=now, state=state.value, note=reason, finished_at=now, deadline_at=None)
        happening = Happening(event=Event.FAIL, actor=actor, code="rollback_given_up", detail=reason)
        move_tasks(rollback.tasks.filter(state=State.NEEDS_OPERATOR), happening, now=now)
        mail.hints.extend(thaw_unless_another(lane_id))


def _waiting_for_operator(rollback_id: UUID) -> Rollback:
    rollback = Rollback.objects.filter(pk=rollback_id).first()
    if rollback is None or rollback.state != RollbackState.NEEDS_OPERATOR:
        raise NotPossible("this rollback does not wait for an operator")
    return rollback
