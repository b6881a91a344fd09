"""Lanes: one pull request in flight per file; whoever waits meanwhile leaves together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app import workflow
from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.budget import party_size
from tasks_app.pipeline.lane import Party, Passenger, next_party
from tasks_app.pipeline.states import Event, PullState, State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import budget, suspects
from tasks_app.services.commit import LostClaim, commit_step, note
from tasks_app.services.transition import Happening, move_task

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports


#: How often those who wait for an occupied lane are looked at.
_PATIENCE = timedelta(seconds=15)


def lane_of_faq() -> Lane:
    """The lane of the FAQ file, made on first use."""
    lane, _ = Lane.objects.get_or_create(
        repo=settings.GITHUB_REPO, base_branch=settings.GITHUB_BASE_BRANCH, path=settings.FAQ_PATH
    )
    return lane


def depart(ports: Ports) -> None:
    """Let the waiting tasks leave in a new pull request, if the lane is free."""
    lane = lane_of_faq()
    with commit_step("depart", ports) as mail:
        mail.hints.extend(board(lane, ports))
    # Who stays behind is called when the lane is freed; this is for when that call is lost.
    left_behind = Task.objects.filter(state=State.WAITING_FOR_LANE, next_look_at__lte=ports.clock())
    note(left_behind, next_look_at=ports.clock() + _PATIENCE)


def board(lane: Lane, ports: Ports) -> list[Hint]:
    """Put the next party into a new pull request, inside the caller's transaction; [] when none leaves."""
    if Lane.objects.filter(pk=lane.pk, pull__isnull=False).exists():
        return []
    # Whose last pull request is being closed waits for that: nobody travels in two.
    free = Task.objects.filter(Task.workable(), state=State.WAITING_FOR_LANE).exclude(
        pull__state=PullState.CLOSING
    )
    waiting = {task.pk: task for task in free.select_related("part")}
    party = _next_party(lane, waiting, ports)
    if party is None:
        return []
    now = ports.clock()
    pull = _new_pull(lane, party, ports.new_id(), now)
    if not Lane.objects.filter(pk=lane.pk, pull__isnull=True).update(pull=pull):
        raise LostClaim
    happening = Happening(event=Event.BOARD, actor=ports.worker, detail=pull.head_branch)
    for task_id in party.task_ids:
        move_task(waiting[task_id], happening, now=now, pull=pull)
    return workflow.resume_pull(pull.pk, PullState.PUBLISHING)


def _next_party(lane: Lane, waiting: dict[UUID, Task], ports: Ports) -> Party | None:
    """Who leaves next; suspects of whom enough is known are divided, or fail, without leaving."""
    now, size = ports.clock(), party_size(settings.LANE_SIZE, budget.limits())
    last = PullRequest.objects.filter(lane=lane).order_by("-created_at").first()
    was_part = last is not None and last.part_id is not None
    while True:
        here = [_passenger(task) for task in waiting.values() if task.state == State.WAITING_FOR_LANE]
        party = next_party(here, now=now, size=size, last_was_part=was_part)
        if party is None or party.part is None:
            return party
        tasks = [waiting[task_id] for task_id in party.task_ids]
        if not suspects.narrowed_down(party.part, tasks, now=now, actor=ports.worker):
            return party


def release_lane(pull: PullRequest) -> None:
    """Free the lane this pull request was in, inside the caller's transaction."""
    Lane.objects.filter(pk=pull.lane_id, pull=pull).update(pull=None)


def depart_hint() -> list[Hint]:
    """Ask for a departure if anybody waits."""
    first = (
        Task.objects.filter(Task.workable(), state=State.WAITING_FOR_LANE)
        .values_list("pk", flat=True)
        .first()
    )
    return workflow.resume_task(first, State.WAITING_FOR_LANE) if first else []


def lock_lane(lane_id: int) -> None:
    """Let nobody else freeze or thaw it until the caller's transaction ends."""
    Lane.objects.select_for_update().get(pk=lane_id)


def freeze_lane(lane_id: int, reason: str, *, now: datetime) -> None:
    """Stop merges in a lane, because a rollback has the right of way."""
    Lane.objects.filter(pk=lane_id).update(frozen_at=now, freeze_reason=reason[:200])


def thaw_lane(lane_id: int) -> None:
    """Let merges go on."""
    Lane.objects.filter(pk=lane_id).update(frozen_at=None, freeze_reason="")


def _passenger(task: Task) -> Passenger:
    return Passenger(
        task_id=task.pk,
        priority=task.priority,
        since=task.entered_at,
        asked_at=task.created_at,
        part=task.part_id,
        was_red=task.red_runs > 0,
    )


def _new_pull(lane: Lane, party: Party, pull_id: UUID, now: datetime) -> PullRequest:
    return PullRequest.objects.create(
        id=pull_id,
        lane=lane,
        part_id=party.part,
        head_branch=f"orchestrator/faq-{pull_id.hex[:12]}",
        created_at=now,
        entered_at=now,
        next_look_at=now,
        deadline_at=deadline_after(State.PUBLISHING, now),
    )
