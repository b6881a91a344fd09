"""The history of scheduled jobs, kept by django-celery-results. Pipeline jobs leave TaskEvents instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django_celery_results.models import GroupResult, TaskResult

from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge
from closedloop.chapters import Badge, Chapter, Code, Prose, Tone, facts, spell
from closedloop.wiring import ports

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

_TONES = {"SUCCESS": Tone.GOOD, "FAILURE": Tone.BAD, "RETRY": Tone.WARN, "REVOKED": Tone.QUIET}

for model in (TaskResult, GroupResult):
    admin.site.unregister(model)


def _status(run: Any) -> Badge:
    return Badge(text=run.status.lower(), tone=_TONES.get(run.status, Tone.BUSY))


def _lasted(run: Any) -> str:
    return spell(run.date_done - run.date_started) if run.date_started and run.date_done else ""


@admin.register(TaskResult)
class ScheduledJobAdmin(HistoryAdmin):
    """One run of a job that beat sends."""

    list_display = ("job", "outcome", "ended", "worker")
    list_filter = ("status", "task_name", "worker")
    search_fields = ("task_id", "task_name")
    date_hierarchy = "date_done"
    ordering = ("-date_done",)

    @admin.display(description="job", ordering="task_name")
    def job(self, run: Any) -> str:
        """The job's name."""
        return str(run.periodic_task_name or run.task_name or run.task_id)

    @admin.display(description="outcome", ordering="status")
    def outcome(self, run: Any) -> SafeString:
        """How it ended."""
        return badge(_status(run))

    @admin.display(description="ended", ordering="date_done")
    def ended(self, run: Any) -> SafeString | str:
        """How long ago."""
        return ago(run.date_done, ports().clock()) if run.date_done else "–"

    def heading(self, row: Any) -> str:
        """The job's name."""
        return self.job(row)

    def badges(self, row: Any, now: datetime) -> list[Badge]:
        """How it ended."""
        return [_status(row)]

    def chapters(self, row: Any, now: datetime) -> list[Chapter]:
        """What the result backend kept."""
        known = facts(
            run_id=Code(text=row.task_id),
            worker=row.worker,
            created_at=row.date_created,
            started_at=row.date_started,
            ended_at=row.date_done,
            lasted=_lasted(row),
            arguments=Prose(text=f"{row.task_args or ''} {row.task_kwargs or ''}".strip()),
            result=Prose(text=row.result or ""),
            traceback=Prose(text=row.traceback or ""),
        )
        return [Chapter(name="run", title="Run", facts=known)]
