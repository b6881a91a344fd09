"""Who leaves in the next pull request, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app import workflow
from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.lane import Party, Passenger, next_party
from tasks_app.pipeline.stack import InFlight, stacks_at
from tasks_app.pipeline.states import Event, PullState, State
from tasks_app.pipeline.steps import deadline_after
from tasks_app.services import lanes, learning, suspects
from tasks_app.services.commit import LostClaim, commit_step, note
from tasks_app.services.moved_base import breather, conflicts_in_a_row
from tasks_app.services.transition import Happening, move_task

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports

#: How often the first of those who wait for an occupied lane is looked at, and how often the others.
_PATIENCE, _LONG_PATIENCE = timedelta(seconds=15), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Berth:
    """A free place in a lane."""

    #: From when on.
    at: datetime
    #: On whose head; None for the base branch.
    base: PullRequest | None = None


def depart(task_id: UUID, ports: Ports) -> None:
    """Let those who wait for the same lane leave in a new pull request, if there is a place."""
    task = Task.objects.only("lane_id").get(pk=task_id)
    lane_id = task.lane_id or _adopt(task)
    with commit_step("depart", ports) as mail:
        mail.hints.extend(board(lane_id, ports))
    # Who stays behind is called when the lane is freed; this is for when that call is lost.
    now = ports.clock()
    left = Task.objects.filter(lanes.waiting_in(lane_id), next_look_at__lte=now)
    first = left.order_by("entered_at", "pk").first()
    if first is None:
        return
    berth = _berth(Lane.objects.get(pk=lane_id), now)
    soon = min(now + _PATIENCE, berth.at) if berth and berth.at > now else now + _PATIENCE
    note(left.filter(pk=first.pk), next_look_at=soon)
    note(left.exclude(pk=first.pk), next_look_at=now + _LONG_PATIENCE)


def _adopt(task: Task) -> int:
    """Give a task a lane that was accepted before tasks had one of their own."""
    lane = lanes.lane_of_faq()
    Task.objects.filter(pk=task.pk, lane__isnull=True).update(lane=lane)
    return lane.pk


def board(lane_id: int, ports: Ports) -> list[Hint]:
    """Put the next party into a new pull request, inside the caller's transaction; [] when none leaves."""
    now, lane = ports.clock(), Lane.objects.select_related("pull").get(pk=lane_id)
    berth = _berth(lane, now)
    if berth is None or berth.at > now:
        return []
    free = Task.objects.filter(Task.workable(), lanes.waiting_in(lane.pk))
    # Whose last pull request is being closed waits for that: nobody travels in two.
    free = free.exclude(pull__state=PullState.CLOSING).exclude(waits_for__state__in=lanes.UNDECIDED)
    # Suspects are likely to be given up: nothing is built on them, and they are built on nothing.
    free = free.filter(part__isnull=True) if berth.base else free
    waiting = {task.pk: task for task in free.select_related("part")}
    party = _next_party(lane, waiting, ports)
    if party is None:
        return []
    pull = _new_pull(lane, party, berth, ports)
    _take(lane, berth, pull)
    happening = Happening(event=Event.BOARD, actor=ports.worker, detail=pull.head_branch)
    for task_id in party.task_ids:
        move_task(waiting[task_id], happening, now=now, pull=pull)
    return workflow.resume_pull(pull.pk, PullState.PUBLISHING)


def berth_at(lane: Lane, now: datetime) -> datetime | None:
    """From when on a pull request may leave on the head of the one in flight; None when none may."""
    berth = _berth(lane, now)
    return berth.at if berth and berth.base else None


def _berth(lane: Lane, now: datetime) -> _Berth | None:
    """The next place in the lane that will be free without anybody leaving it; None when there is none."""
    if lane.stacked_id:
        return None
    conflicts, last_at = conflicts_in_a_row(lane)
    if lane.pull is None:
        return _Berth(at=max(now, last_at + breather(conflicts)) if last_at else now)
    if conflicts:
        return None  # what is built on the one in flight conflicts with the base: that is waited for
    flight = InFlight(
        published_at=lane.pull.published_at,
        is_trial=lane.pull.part_id is not None,
        keeps_commits=lane.pull.keeps_commits,
    )
    at = stacks_at(flight, learning.expected_ci(lane.repo, now=now), settings.STACK_FROM)
    return _Berth(at=at, base=lane.pull) if at else None


def _take(lane: Lane, berth: _Berth, pull: PullRequest) -> None:
    """Occupy the place; raises `LostClaim` when somebody was quicker, or it is no place any more."""
    free = Lane.objects.filter(pk=lane.pk, pull=berth.base, stacked__isnull=True)
    if not (free.update(stacked=pull) if berth.base else free.update(pull=pull)):
        raise LostClaim


def _next_party(lane: Lane, waiting: dict[UUID, Task], ports: Ports) -> Party | None:
    """Who leaves next; suspects of whom enough is known are divided, or fail, without leaving."""
    now = ports.clock()
    last = PullRequest.objects.filter(lane=lane).order_by("-created_at").first()
    was_part = last is not None and last.part_id is not None
    is_doubtful = was_part and suspects.is_ci_in_doubt(lane)
    while True:
        here = [_passenger(task) for task in waiting.values() if task.state == State.WAITING_FOR_LANE]
        party = next_party(
            here, now=now, size=settings.LANE_SIZE, last_was_part=was_part, is_doubtful=is_doubtful
        )
        if party is None or party.part is None:
            return party
        tasks = [waiting[task_id] for task_id in party.task_ids]
        if not suspects.narrowed_down(party.part, tasks, now=now, actor=ports.worker):
            return party


def _passenger(task: Task) -> Passenger:
    return Passenger(
        task_id=task.pk,
        priority=task.priority,
        since=task.entered_at,
        asked_at=task.created_at,
        part=task.part_id,
        was_red=task.red_runs > 0,
    )


def _new_pull(lane: Lane, party: Party, berth: _Berth, ports: Ports) -> PullRequest:
    pull_id, now = ports.new_id(), ports.clock()
    return PullRequest.objects.create(
        id=pull_id,
        lane=lane,
        base_pull=berth.base,
        part_id=party.part,
        head_branch=f"orchestrator/faq-{pull_id.hex[:12]}",
        created_at=now,
        entered_at=now,
        next_look_at=now,
        deadline_at=deadline_after(State.PUBLISHING, now),
    )
