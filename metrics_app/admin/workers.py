"""Workers by their last sign of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge, shown
from closedloop.chapters import Badge, Chapter, Code, Ref, Tone, facts, spell
from closedloop.wiring import ports
from metrics_app.models import WorkerHeartbeat
from metrics_app.selectors.workers import sign_of
from metrics_app.slo.conditions import Pulse, judge_pulse

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

_TONES = {Pulse.FRESH: Tone.GOOD, Pulse.STALE: Tone.BAD, Pulse.STOPPED: Tone.QUIET}


def pulse_badge(row: WorkerHeartbeat, now: datetime) -> Badge:
    """Fresh, stale or stopped."""
    pulse = judge_pulse(sign_of(row), now)
    return Badge(text=pulse, tone=_TONES[pulse])


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(HistoryAdmin):
    """One worker, or the scheduler."""

    list_display = (
        "worker_id", "kind", "pulse", "seen", "status", "cpu", "memory", "jobs", "current_job",
        "current_task", "completed", "uptime", "version",
    )  # fmt: skip
    list_filter = ("kind", "status", "app_version")
    search_fields = ("worker_id", "current_task_id")
    ordering = ("kind", "worker_id")

    @admin.display(description="pulse", ordering="last_heartbeat")
    def pulse(self, row: WorkerHeartbeat) -> SafeString:
        """Fresh, stale or stopped."""
        return badge(pulse_badge(row, ports().clock()))

    @admin.display(description="seen", ordering="last_heartbeat")
    def seen(self, row: WorkerHeartbeat) -> SafeString:
        """How long ago it gave a sign."""
        return ago(row.last_heartbeat, ports().clock())

    @admin.display(description="CPU", ordering="cpu_percent")
    def cpu(self, row: WorkerHeartbeat) -> str:
        """Percent of one core."""
        return f"{row.cpu_percent:.0f} %"

    @admin.display(description="memory", ordering="memory_mb")
    def memory(self, row: WorkerHeartbeat) -> str:
        """Resident memory of its process tree."""
        return f"{row.memory_mb:.0f} MiB"

    @admin.display(description="task")
    def current_task(self, row: WorkerHeartbeat) -> SafeString | str:
        """The task in hand."""
        return shown(_task_ref(row)) if row.current_task_id else ""

    @admin.display(description="jobs", ordering="running_jobs")
    def jobs(self, row: WorkerHeartbeat) -> int:
        """Jobs in hand."""
        return row.running_jobs

    @admin.display(description="done", ordering="tasks_completed")
    def completed(self, row: WorkerHeartbeat) -> int:
        """Jobs completed since its start."""
        return row.tasks_completed

    @admin.display(description="version", ordering="app_version")
    def version(self, row: WorkerHeartbeat) -> SafeString:
        """What it runs."""
        return shown(Code(text=row.app_version))

    @admin.display(description="uptime")
    def uptime(self, row: WorkerHeartbeat) -> str:
        """From its start to its last sign."""
        return spell(row.last_heartbeat - row.started_at)

    def badges(self, row: WorkerHeartbeat, now: datetime) -> list[Badge]:
        """Fresh, stale or stopped."""
        return [pulse_badge(row, now), Badge(text=row.status, tone=Tone.QUIET)]

    def chapters(self, row: WorkerHeartbeat, now: datetime) -> list[Chapter]:
        """What it said last."""
        known = facts(
            worker=Code(text=row.worker_id),
            kind=row.kind,
            last_heartbeat=row.last_heartbeat,
            heartbeat_age=now - row.last_heartbeat,
            canary_at=row.canary_at,
            running_jobs=row.running_jobs,
            current_job=Code(text=row.current_job),
            current_task=_task_ref(row) if row.current_task_id else None,
            job_started_at=row.job_started_at,
            jobs_completed=row.tasks_completed,
            cpu=self.cpu(row),
            memory=self.memory(row),
            version=Code(text=row.app_version),
            started_at=row.started_at,
            uptime=row.last_heartbeat - row.started_at,
        )
        return [Chapter(name="heartbeat", title="Heartbeat", facts=known)]


def _task_ref(row: WorkerHeartbeat) -> Ref:
    return Ref(text=row.current_task_id[:8], model="tasks_app.task", pk=row.current_task_id)
