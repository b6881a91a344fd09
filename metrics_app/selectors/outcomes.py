"""Settled tasks and decided pull requests: the samples behind every figure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import F

from metrics_app.slo.counting import COUNTED, Settled
from metrics_app.slo.tte import WAITS_FOR_PEOPLE, Span, Step, people_waits, raw_tte_ms, tte_ms
from tasks_app.models import PullRequest, Task, TaskEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from metrics_app.slo.windows import Window

#: Codes of a pull request that CI ended.
_CI_CODES = ("ci_failed", "ci_timeout")
#: Ends of a green pull request that say nothing about merging: re-applied, stopped, or in people's hands.
_REAPPLIED = ("conflict", "base_moved", "base_given_up", "page_changed")
_NOT_ABOUT_MERGING = (*_CI_CODES, *_REAPPLIED, "cancelled", "empty", "pull_closed", "head_moved")


def counted_tasks(window: Window) -> QuerySet[Task]:
    """Tasks that count in the window; see `slo.counting`."""
    return Task.objects.filter(
        settled_at__gte=window.starts_at, settled_at__lt=window.ends_at, settled_state__in=COUNTED
    )


def settled_in(window: Window) -> list[tuple[UUID, datetime, Settled]]:
    """Every task that counts in the window: its id, when it settled, and as what."""
    waits = _waits_for_people(window)
    rows = counted_tasks(window).values_list(
        "pk", "settled_at", "settled_state", "created_at", "merged_at",
        "is_degraded", "kind", "worker_instance", "worker_version",
    )  # fmt: skip
    return [_settled(row, waits) for row in rows.iterator(chunk_size=5_000)]


def _settled(row: tuple[Any, ...], waits: dict[UUID, list[Span]]) -> tuple[UUID, datetime, Settled]:
    pk, settled_at, state, created_at, merged_at, is_degraded, kind, worker, version = row
    settled = Settled(
        state=state,
        tte_ms=tte_ms(created_at, merged_at, waits.get(pk, ())) if merged_at else None,
        raw_tte_ms=raw_tte_ms(created_at, merged_at) if merged_at else None,
        is_degraded=is_degraded,
        kind=kind,
        worker=worker,
        version=version,
    )
    return pk, settled_at, settled


def _waits_for_people(window: Window) -> dict[UUID, list[Span]]:
    """Waits for people of the window's merged tasks; most windows have none."""
    waited = counted_tasks(window).filter(merged_at__isnull=False, events__to_state__in=WAITS_FOR_PEOPLE)
    events = TaskEvent.objects.filter(task__in=waited.values("pk")).order_by("pk")
    timelines: dict[UUID, list[Step]] = defaultdict(list)
    for task_id, at, to_state in events.values_list("task_id", "at", "to_state"):
        timelines[task_id].append(Step(at=at, to_state=to_state))
    return {task_id: people_waits(steps) for task_id, steps in timelines.items()}


def stage_samples(window: Window) -> Iterator[tuple[str, int]]:
    """Each state left by the tasks that count in the window, with the milliseconds spent in it."""
    events = TaskEvent.objects.filter(task__in=counted_tasks(window).values("pk")).order_by("task_id", "pk")
    moves = events.exclude(from_state=F("to_state")).exclude(from_state="")
    rows = moves.values_list("task_id", "task__created_at", "from_state", "at")
    last_id, entered_at = None, None
    for task_id, created_at, state, at in rows.iterator(chunk_size=5_000):
        since = entered_at if task_id == last_id and entered_at else created_at
        yield state, raw_tte_ms(since, at)
        last_id, entered_at = task_id, at


def ci_verdicts(window: Window) -> tuple[int, int]:
    """Pull requests that CI passed and that it ended (red or never reporting) in the window."""
    starts, ends = window.starts_at, window.ends_at
    passed = PullRequest.objects.filter(green_at__gte=starts, green_at__lt=ends).count()
    failed = PullRequest.objects.filter(
        abandoned_at__gte=starts, abandoned_at__lt=ends, green_at__isnull=True, code__in=_CI_CODES
    ).count()
    return passed, failed


def merge_verdicts(window: Window) -> tuple[int, int]:
    """Green pull requests that were merged, and those that could not be, in the window."""
    green = PullRequest.objects.filter(green_at__isnull=False)
    starts, ends = window.starts_at, window.ends_at
    merged = green.filter(merged_at__gte=starts, merged_at__lt=ends).count()
    refused = green.filter(abandoned_at__gte=starts, abandoned_at__lt=ends).exclude(
        code__in=_NOT_ABOUT_MERGING
    )
    return merged, refused.count()
