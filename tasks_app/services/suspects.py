"""Parties whose checks were red: divided, followed, and narrowed down to whoever is guilty.

Everything here runs inside the caller's transaction; what follows from what is decided by `pipeline.bisect`.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import structlog

from tasks_app.models import PullRequest, SuspectPart, Task
from tasks_app.pipeline.bisect import (
    TOO_MANY_REDS,
    Outcome,
    Part,
    divide,
    holds_the_guilty,
    is_ci_ill,
    is_convicted,
    is_doubtful,
    sets_others_free,
)
from tasks_app.pipeline.states import Event, State
from tasks_app.services.transition import Happening, move_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from tasks_app.models import Lane

log = structlog.get_logger(__name__)


def note_red(pull: PullRequest) -> None:
    """The checks of this pull request count as red: what that says of the part it carried, and of others."""
    if pull.part_id is None:
        return
    part = SuspectPart.objects.get(pk=pull.part_id)
    family = SuspectPart.objects.filter(family=part.family)
    family.filter(pk=part.pk).update(outcome=Outcome.RED)
    if sets_others_free(family.count()):
        others = family.exclude(pk=part.pk)
        Task.objects.filter(part__in=others.filter(outcome=Outcome.WAITING)).update(part=None)
        others.filter(outcome=Outcome.WAITING).update(outcome=Outcome.VOID)


def note_merged(pull: PullRequest, tasks: Sequence[Task]) -> None:
    """It went through: the part that it carried is cleared, if all of it was aboard."""
    if pull.part_id is not None:
        part = SuspectPart.objects.filter(pk=pull.part_id, outcome=Outcome.WAITING)
        is_whole = part.filter(size=len(tasks)).exists()
        part.update(outcome=Outcome.CLEARED if is_whole else Outcome.VOID)


def ci_seems_ill(pull: PullRequest) -> bool:
    """Whether this red pull request is the last of so many that it cannot be the tasks."""
    return is_ci_ill(1 + _reds_in_a_row(PullRequest.objects.filter(lane=pull.lane_id).exclude(pk=pull.pk)))


def is_ci_in_doubt(lane: Lane) -> bool:
    """Whether so many of the lane's newest pull requests were red that nothing is known of CI."""
    return is_doubtful(_reds_in_a_row(PullRequest.objects.filter(lane=lane)))


def _reds_in_a_row(pulls: QuerySet[PullRequest]) -> int:
    newest = pulls.filter(number__isnull=False).order_by("-created_at")
    ends = newest.values_list("code", flat=True)[:TOO_MANY_REDS]
    return sum(1 for _ in takewhile("ci_failed".__eq__, ends))


def divided(
    tasks: Sequence[Task], reason: str, *, now: datetime, is_complete: bool = True
) -> list[tuple[SuspectPart, list[Task]]]:
    """New parts for a party that holds a guilty task.

    `is_complete` is false when somebody who was aboard left: then it may have been them.
    """
    outcome = Outcome.WAITING if is_complete else Outcome.VOID
    return _parts(divide(tasks), outcome=outcome, reason=reason, created_at=now)


def alone(task: Task, reason: str, *, now: datetime) -> SuspectPart:
    """A part of its own for a task whose own pull request was red, should it be sent again."""
    ((part, _),) = _parts([[task]], outcome=Outcome.VOID, reason=reason, created_at=now)
    return part


def narrowed_down(part_id: UUID, tasks: Sequence[Task], *, now: datetime, actor: str) -> bool:
    """Whether these, the next to leave, are known to hold the guilty task; then they are dealt with.

    Several are divided without a run of their own. The last one fails, if enough speaks against it.
    """
    part = SuspectPart.objects.get(pk=part_id)
    others = SuspectPart.objects.filter(family=part.family).exclude(pk=part.pk)
    if not holds_the_guilty(_seen(part, len(tasks)), [_seen(other, 0) for other in others]):
        return False
    if len(tasks) > 1:
        _divide_again(part, tasks, now)
        return True
    if not is_convicted(tasks[0].red_runs):
        return False
    SuspectPart.objects.filter(pk=part.pk).update(outcome=Outcome.RED)
    detail = f"{part.reason}; everybody else who was aboard is merged"
    move_task(tasks[0], Happening(event=Event.FAIL, actor=actor, code="ci_failed", detail=detail), now=now)
    return True


def _divide_again(part: SuspectPart, tasks: Sequence[Task], now: datetime) -> None:
    SuspectPart.objects.filter(pk=part.pk).update(outcome=Outcome.RED)
    for smaller, members in divided(tasks, part.reason, now=now):
        waiting = Task.objects.filter(pk__in=[task.pk for task in members], state=State.WAITING_FOR_LANE)
        waiting.update(part=smaller)
        for task in members:
            task.part = smaller
    log.info("suspects_divided", part=str(part.pk), tasks=len(tasks))


def _seen(part: SuspectPart, waiting: int) -> Part:
    return Part(size=part.size, waiting=waiting, outcome=Outcome(part.outcome))


def _family_of(tasks: Sequence[Task]) -> UUID:
    """A name that depends on who is in it and how often they were red, so that a simulation can repeat it."""
    return uuid5(tasks[0].pk, " ".join(f"{task.pk}:{task.red_runs}:{task.fence}" for task in tasks))


def _parts(parts: list[list[Task]], **columns: Any) -> list[tuple[SuspectPart, list[Task]]]:
    family = _family_of([task for members in parts for task in members])
    return [
        (
            SuspectPart.objects.create(
                id=uuid5(family, str(number)), family=family, size=len(members), **columns
            ),
            members,
        )
        for number, members in enumerate(parts)
    ]
