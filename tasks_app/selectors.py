"""Every read of this context that a screen, the API or another context needs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from tasks_app.models import Lane, PullRequest, QuestionKey, Task, TaskAlias, TaskEvent
from tasks_app.pipeline.states import HOLDS_QUESTION, IN_QUEUE, SETTLED, PullState, State, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

_IN_QUEUE = [state.value for state in IN_QUEUE]
_OPEN_PULLS = [state.value for state in PullState if state not in (PullState.MERGED, PullState.ABANDONED)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stay in one state."""

    state: str
    entered_at: datetime
    #: None while the task is still in it.
    left_at: datetime | None
    #: How long it lasted, up to now when it is not over.
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How many tasks stand in the queue, and how many have left it lately."""

    #: Tasks that no pull request carries yet.
    waiting: int
    left_in_minute: int
    left_in_five: int


def task_by_id(task_id: UUID) -> Task | None:
    """The task with its pull request, by its own id or an alias; None when there is none."""
    known = Task.objects.select_related("pull")
    return known.filter(pk=task_id).first() or known.filter(aliases=task_id).first()


def tasks() -> QuerySet[Task]:
    """All tasks with their pull requests, newest first."""
    return Task.objects.select_related("pull").order_by("-created_at", "-pk")


def tasks_of_interest(since: datetime) -> QuerySet[Task]:
    """Tasks that are open, or ended after `since`, with their pull requests."""
    is_open = Q(status__in=[Status.QUEUED.value, Status.RUNNING.value])
    return tasks().filter(is_open | Q(settled_at__gte=since))


def tasks_matching(text: str, among: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks whose question contains `text`, or whose trace id or alias it is."""
    rule = Q(question__icontains=text)
    with suppress(ValueError):
        sought = UUID(text.strip())
        rule |= Q(trace_id=sought) | Q(pk__in=TaskAlias.objects.filter(pk=sought).values("task_id"))
    return among.filter(rule)


def task_events(task_id: UUID) -> list[TaskEvent]:
    """Everything that happened to a task, oldest first."""
    return list(TaskEvent.objects.filter(task_id=task_id))


def stages(events: Sequence[TaskEvent], *, now: datetime) -> list[Stage]:
    """How long the task stayed in each state; a settled state lasts no time."""
    moves = [event for event in events if event.from_state != event.to_state]
    ends: Iterable[datetime | None] = [*(event.at for event in moves[1:]), None]
    return [_stage(event, left_at, now) for event, left_at in zip(moves, ends, strict=False)]


def _stage(event: TaskEvent, left_at: datetime | None, now: datetime) -> Stage:
    until = left_at or (event.at if State(event.to_state) in SETTLED else now)
    seconds = round(max((until - event.at).total_seconds(), 0.0), 3)
    return Stage(state=event.to_state, entered_at=event.at, left_at=left_at, seconds=seconds)


def question_holder(fingerprint: str, *, now: datetime) -> Task | None:
    """The task that answers this question within its hour."""
    key = (
        QuestionKey.objects.filter(hash=fingerprint, expires_at__gt=now, task__state__in=HOLDS_QUESTION)
        .select_related("task")
        .first()
    )
    return key.task if key else None


def queue_length(at_most: int) -> int:
    """Tasks that no pull request carries yet, counted up to `at_most`."""
    return _queue()[:at_most].count()


def queue_flow(*, minute_ago: datetime, five_minutes_ago: datetime) -> Flow:
    """How the queue moves: all who wait, and who left it within the last minute and the last five."""
    left = [_left_since(minute_ago), _left_since(five_minutes_ago)]
    return Flow(waiting=_queue().count(), left_in_minute=left[0], left_in_five=left[1])


def _left_since(moment: datetime) -> int:
    """Tasks that were published and did not come back, or settled without a pull request."""
    published = Task.objects.filter(pull__published_at__gt=moment).exclude(state__in=_IN_QUEUE)
    return published.count() + Task.objects.filter(settled_at__gt=moment, pull=None).count()


def _queue() -> QuerySet[Task]:
    open_statuses = (Status.QUEUED.value, Status.RUNNING.value)  # by which there is an index
    return Task.objects.filter(status__in=open_statuses, state__in=_IN_QUEUE)


def waiting_counts() -> dict[State, int]:
    """How many tasks wait to be begun, and for the lane."""
    states = (State.QUEUED.value, State.WAITING_FOR_LANE.value)
    open_statuses = (Status.QUEUED.value, Status.RUNNING.value)  # by which there is an index
    counted = Task.objects.filter(status__in=open_statuses, state__in=states).values_list("state")
    return {State(state): count for state, count in counted.annotate(Count("pk"))}


def target_repository() -> str:
    """The repository that is worked on; the web process, which is not told, sees what workers write to."""
    newest = Lane.objects.order_by("-pk").values_list("repo", flat=True)
    return settings.GITHUB_REPO or newest.first() or ""


def lane_of(path: str) -> Lane | None:
    """The lane of a file of the target repository, with the pull request in flight; None before its first."""
    known = Lane.objects.select_related("pull").filter(base_branch=settings.GITHUB_BASE_BRANCH, path=path)
    return known.filter(repo=target_repository()).first()


def open_pulls() -> QuerySet[PullRequest]:
    """Our pull requests that are neither merged nor given up."""
    return PullRequest.objects.filter(state__in=_OPEN_PULLS)


def cared_for_pulls() -> QuerySet[PullRequest]:
    """Those given up of which we still ask whether people merged them."""
    return PullRequest.objects.filter(state=PullState.ABANDONED, next_look_at__isnull=False)
