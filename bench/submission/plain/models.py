"""The RFC's table, as a plain project would write it."""

from __future__ import annotations

import uuid

from django.db import models


class Task(models.Model):
    """One row per question; no history, no keys."""

    task_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    trace_id = models.UUIDField()
    job_id = models.CharField(max_length=64, blank=True, default="")
    question = models.TextField()
    status = models.CharField(max_length=8, default="queued", db_index=True)
    pr_url = models.URLField(blank=True, default="")
    error_msg = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "plain"
        db_table = "plain_tasks"
        indexes = [models.Index(fields=["-created_at"], name="plain_created")]

    def __str__(self) -> str:
        return self.question
