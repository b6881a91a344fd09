"""What happened last, for the metrics page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from metrics_app.models import Alert, WorkerHeartbeat
from rollback_app.models import Release, Rollback
from tasks_app.models import Task

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A release or a rollback in one line."""

    #: release | rollback
    kind: str
    state: str
    #: The commit it is about, abbreviated by the reader.
    sha: str
    note: str
    url: str
    number: int | None
    at: datetime


def recent_tasks(limit: int = 15) -> QuerySet[Task]:
    """The newest tasks."""
    return Task.objects.order_by("-created_at").select_related("pull")[:limit]


def open_states() -> dict[str, int]:
    """How many open tasks are in each state, the fullest first."""
    rows = Task.objects.filter(status__in=("queued", "running")).values_list("state")
    return dict(rows.annotate(count=Count("pk")).order_by("-count"))


def open_alerts() -> QuerySet[Alert]:
    """What people have to know now, the gravest first."""
    return Alert.objects.filter(resolved_at__isnull=True).order_by("severity", "-fired_at")


def workers() -> QuerySet[WorkerHeartbeat]:
    """Every worker that has not been forgotten."""
    return WorkerHeartbeat.objects.order_by("kind", "worker_id")


def recent_changes(limit: int = 6) -> list[Change]:
    """The newest releases and rollbacks, mixed by time."""
    releases = Release.objects.select_related("pull").order_by("-merged_at")[:limit]
    rollbacks = Rollback.objects.select_related("release").order_by("-decided_at")[:limit]
    changes = [_of_release(row) for row in releases] + [_of_rollback(row) for row in rollbacks]
    return sorted(changes, key=lambda change: change.at, reverse=True)[:limit]


def _of_release(row: Release) -> Change:
    return Change(
        kind="release", state=row.state, sha=row.sha, note=row.code or row.environment,
        url=row.pull.url, number=row.pull.number, at=row.merged_at,
    )  # fmt: skip


def _of_rollback(row: Rollback) -> Change:
    return Change(
        kind="rollback", state=row.state, sha=row.release.sha, note=row.reason,
        url=row.url, number=row.number, at=row.decided_at,
    )  # fmt: skip
