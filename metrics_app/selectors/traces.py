"""From a row that a job works on to the task that people know."""

from __future__ import annotations

from uuid import UUID

from rollback_app.models import Release, Rollback
from tasks_app.models import Task


def task_behind(row_id: str) -> str:
    """The id of a task that the row is about: itself, or one that its pull request carries; else empty."""
    try:
        pk = UUID(row_id)
    except ValueError:
        return ""
    if Task.objects.filter(pk=pk).exists():
        return row_id
    release = Release.objects.filter(pk=pk).values_list("pull_id", flat=True).first()
    rollback = Rollback.objects.filter(pk=pk).values_list("release__pull_id", flat=True).first()
    carried = Task.objects.filter(pull_id=release or rollback or pk).order_by("created_at")
    found = carried.values_list("pk", flat=True).first()
    return str(found) if found else ""
