"""What was measured: workers, objectives, alerts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from closedloop.ports.traffic import Kind


class WorkerHeartbeat(models.Model):
    """The last sign of life of one worker."""

    class Kind(models.TextChoices):
        WORKER = "worker"
        BEAT = "beat"

    worker_id = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.WORKER)
    #: running | idle | stopped
    status = models.CharField(max_length=10, default="idle")
    last_heartbeat = models.DateTimeField()
    #: Jobs in hand; the fields below speak of the one that runs longest.
    running_jobs = models.PositiveIntegerField(default=0)
    current_job = models.CharField(max_length=120, blank=True, default="")
    current_task_id = models.CharField(max_length=64, blank=True, default="")
    #: When the current job began; a job that runs too long is an alert.
    job_started_at = models.DateTimeField(null=True, blank=True)
    app_version = models.CharField(max_length=80, blank=True, default="")
    tasks_completed = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    canary_at = models.DateTimeField(
        null=True, blank=True, help_text="When a job was last seen to begin in its pool; canaries see to it."
    )
    cpu_percent = models.FloatField(default=0)
    memory_mb = models.FloatField(default=0, help_text="Proportional (PSS) memory of the process tree, MiB.")

    class Meta:
        indexes = [models.Index(fields=["-last_heartbeat"], name="heartbeat_latest")]  # the online set

    def __str__(self) -> str:
        return self.worker_id


class QueueCanary(models.Model):
    """How one shared queue answers: a small job goes round and round through it."""

    queue = models.CharField(max_length=40, primary_key=True)
    sent_at = models.DateTimeField()
    #: When the first canary left that has not come back; null when none is missed.
    waiting_since = models.DateTimeField(null=True, blank=True)
    ran_at = models.DateTimeField(null=True, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Sent → running, last time.")
    #: The worker that ran it.
    worker = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        verbose_name_plural = "queue canaries"

    def __str__(self) -> str:
        return self.queue


class SLORecord(models.Model):
    """One objective measured over one window."""

    class Period(models.TextChoices):
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    objective = models.CharField(max_length=60)
    period = models.CharField(max_length=8, choices=Period)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    #: Measured value in the objective's unit; null when nothing was measured.
    value = models.FloatField(null=True)
    target = models.FloatField()
    #: Null when nothing was measured: no claim either way.
    is_met = models.BooleanField(null=True)
    sample_count = models.PositiveIntegerField()
    #: Share of the error budget still there, 1 = untouched, below 0 = overspent.
    budget_left = models.FloatField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "SLO record"
        constraints = [
            models.UniqueConstraint(fields=["objective", "period", "starts_at"], name="slo_once_per_window")
        ]
        indexes = [models.Index(fields=["-starts_at"], name="slo_latest")]  # the trend, newest first

    def __str__(self) -> str:
        return f"{self.objective} {self.period} {self.starts_at:%Y-%m-%d}"


class Alert(models.Model):
    """A condition that people were told about; one row from firing to resolving."""

    key = models.CharField(max_length=160, help_text="What it is about, e.g. worker_stale:io@host.")
    severity = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True, default="")
    fired_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    #: When people were told that it is over.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-fired_at"], name="alert_latest")]  # the list, newest first
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(resolved_at__isnull=True), name="alert_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class HealthReading(models.Model):
    """One scheduled look at a dependency or the live site."""

    name = models.CharField(max_length=60)
    is_ok = models.BooleanField()
    detail = models.CharField(max_length=300, blank=True, default="")
    elapsed_ms = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "-at"], name="health_latest")]

    def __str__(self) -> str:
        return f"{self.name}: {'ok' if self.is_ok else 'bad'}"


class ForgeTraffic(models.Model):
    """How many requests of one kind all our processes sent to the forge in one hour."""

    #: Its beginning, a whole hour in UTC.
    hour = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "forge traffic"
        constraints = [
            # Also the index of every question: the hours of a window.
            models.UniqueConstraint(fields=["hour", "kind"], name="traffic_once_per_hour_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.requests} {self.kind} at {self.hour:%Y-%m-%d %H}:00"
