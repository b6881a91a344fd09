"""One requested change, and everything that happened to it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from tasks_app.models.claimable import Claimable
from tasks_app.pipeline.states import State, Status, public_status


def _status_follows_state() -> Q:
    rule = Q(pk__in=[])
    for status in Status:
        states = [state.value for state in State if public_status(state) is status]
        rule |= Q(status=status.value, state__in=states)
    return rule


class Task(Claimable):
    """One requested change. Its `state` is written by `services.transition` alone."""

    class Priority(models.TextChoices):
        P0 = "P0", "P0 urgent"
        P1 = "P1", "P1 major"
        P2 = "P2", "P2 routine"
        P3 = "P3", "P3 planned"

    task_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: Equal to task_id: one id finds everything.
    trace_id = models.UUIDField(default=uuid.uuid4, editable=False)
    #: Celery id of the job that works on it, for cross-reading logs.
    job_id = models.CharField(max_length=64, blank=True, default="")
    kind = models.CharField(max_length=40, default="faq")
    priority = models.CharField(max_length=2, choices=Priority, default=Priority.P2)
    question = models.TextField()
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=24, choices=[(s.value, s.value) for s in State], default=State.QUEUED)
    status = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in Status], default=Status.QUEUED
    )
    #: The state it was in before it failed or asked for an operator.
    left_state = models.CharField(max_length=24, blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="", help_text="Why it ended or stopped.")
    error_msg = models.TextField(blank=True, default="")
    #: The typed operation, as drafted.
    section = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")
    sources = models.JSONField(default=list, blank=True)
    is_degraded = models.BooleanField(default=False, help_text="Answered without the model.")
    model = models.CharField(max_length=120, blank=True, default="")
    #: Calls of the model for the present draft, lost ones included.
    model_attempts = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    #: Where its change goes; set once it is accepted.
    lane = models.ForeignKey(
        "tasks_app.Lane",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_index=False,
    )
    #: The pull request that carries it now.
    pull = models.ForeignKey(
        "tasks_app.PullRequest",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_index=False,
    )
    #: The pull request that answers the same question; this task leaves only once that is merged or given up.
    waits_for = models.ForeignKey(
        "tasks_app.PullRequest",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    pr_url = models.URLField(max_length=500, blank=True, default="")
    commit_sha = models.CharField(max_length=64, blank=True, default="")
    merge_sha = models.CharField(max_length=64, blank=True, default="")
    #: The part of a red party that it travels with; empty when it travels with everybody else.
    part = models.ForeignKey(
        "tasks_app.SuspectPart",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tasks",
        db_index=False,
    )
    red_runs = models.PositiveIntegerField(default=0, help_text="Red pull requests that it was aboard.")
    worker_instance = models.CharField(max_length=120, blank=True, default="")
    worker_version = models.CharField(max_length=80, blank=True, default="")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    #: When it was told at the beginning that it would be done: the measure of such promises.
    promised_at = models.DateTimeField(null=True, blank=True)
    #: First time an outcome was known; decides the day it counts on.
    settled_at = models.DateTimeField(null=True, blank=True)
    #: done | failed | … as first settled: a later rollback changes no past day.
    settled_state = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        db_table = "agent_tasks"
        permissions = [
            ("retry_task", "Can send a task back to the step that failed"),
            ("cancel_task", "Can stop a task before it is merged"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="agent_tasks_created"),  # lists, newest first
            models.Index(fields=["status"], name="agent_tasks_status"),  # the status filter
            models.Index(fields=["trace_id"], name="agent_tasks_trace"),  # search by trace id
            # Who is new has none of these: each whole index would make taking questions dearer.
            *(
                models.Index(
                    fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"agent_tasks_{name}"
                )
                for name in ("lane", "pull", "waits_for", "part")
            ),
            models.Index(
                fields=["next_look_at"],  # selectors.due_tasks
                condition=Q(next_look_at__isnull=False),
                name="agent_tasks_due",
            ),
            models.Index(
                fields=["deadline_at"],  # the sweep's expiry
                condition=Q(deadline_at__isnull=False),
                name="agent_tasks_deadline",
            ),
            models.Index(
                fields=["settled_at"],  # the SLO window queries, selectors.queue_flow
                condition=Q(settled_at__isnull=False),
                name="agent_tasks_settled",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=_status_follows_state(), name="agent_tasks_status_follows_state"
            ),
            models.CheckConstraint(condition=Q(trace_id=models.F("task_id")), name="agent_tasks_trace_is_id"),
        ]

    def __str__(self) -> str:
        return f"{self.question[:60]} ({self.state})"

    @classmethod
    def workable(cls) -> Q:
        """Not while an operator holds it or wants it cancelled."""
        return Q(held_at__isnull=True, cancel_requested_at__isnull=True)


class TaskEvent(models.Model):
    """One thing that happened to a task. Append-only: the timeline and the audit in one."""

    #: The index of the timeline begins with it.
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField()
    event = models.CharField(max_length=24)
    from_state = models.CharField(max_length=24, blank=True, default="")
    to_state = models.CharField(max_length=24)
    code = models.CharField(max_length=60, blank=True, default="")
    #: One line for an operator.
    detail = models.TextField(blank=True, default="")
    #: Who: a worker's name, `policy`, or an operator's user name.
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["task", "at"], name="task_event_timeline")]

    def __str__(self) -> str:
        return f"{self.event}: {self.from_state} → {self.to_state}"


class QuestionKey(models.Model):
    """Holds a question for an hour, so that the same question is the same task."""

    hash = models.CharField(max_length=64, primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()


class IdempotencyKey(models.Model):
    """A client's own key for one submission."""

    key = models.CharField(max_length=255, primary_key=True)
    #: sha256 of the body: the same key with another body is a client's mistake.
    body_hash = models.CharField(max_length=64)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()


class TaskAlias(models.Model):
    """Another id under which a task is found, for ever.

    It was given out while the database was away, for a question that turned out to be this task's.
    """

    alias_id = models.UUIDField(primary_key=True, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="aliases")
    #: When the alias was sent in.
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "task aliases"

    def __str__(self) -> str:
        return f"{self.alias_id} → {self.task_id}"
