"""Lanes and the pull requests that travel in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from tasks_app.models.claimable import Claimable
from tasks_app.pipeline.states import PullState


class Lane(models.Model):
    """Repository + base branch + path. One pull request is in flight at a time, and one more on its head."""

    repo = models.CharField(max_length=200)
    base_branch = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    #: The one in flight; a newcomer boards only when this is empty.
    pull = models.OneToOneField(
        "tasks_app.PullRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: The one built on the head of the one in flight; takes its place when that is merged or given up.
    stacked = models.OneToOneField(
        "tasks_app.PullRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    #: While set nothing merges here: a rollback has the right of way.
    frozen_at = models.DateTimeField(null=True, blank=True)
    freeze_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "base_branch", "path"], name="lane_is_unique")]

    def __str__(self) -> str:
        return f"{self.repo}@{self.base_branch}:{self.path}"


class PullRequest(Claimable):
    """One of our pull requests; the record, not the forge's text, is the authority over it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="pulls")
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in PullState], default=PullState.PUBLISHING
    )
    code = models.CharField(max_length=60, blank=True, default="", help_text="Why it was abandoned.")
    #: On whose head it is built; empty when on the base branch.
    base_pull = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers"
    )
    #: Whether its commits will reach the base as they are, so that another one can be built on it.
    keeps_commits = models.BooleanField(default=False)
    #: The part of a red party that it carries; empty when it carries everybody else.
    part = models.ForeignKey(
        "tasks_app.SuspectPart", null=True, blank=True, on_delete=models.SET_NULL, related_name="pulls"
    )
    head_branch = models.CharField(max_length=200, unique=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    url = models.URLField(max_length=500, blank=True, default="")
    base_sha = models.CharField(max_length=64, blank=True, default="")
    head_sha = models.CharField(max_length=64, blank=True, default="")
    #: direct | auto_merge | queue, and squash | merge | rebase, as far as they were chosen and are known.
    merge_way = models.CharField(max_length=12, blank=True, default="")
    merge_method = models.CharField(max_length=8, blank=True, default="")
    #: What the merge queue checked for it, as last seen.
    group_sha = models.CharField(max_length=64, blank=True, default="")
    merge_sha = models.CharField(max_length=64, blank=True, default="")
    #: One line about the last look, for operators: which blockers or checks it waits for.
    note = models.TextField(blank=True, default="")
    #: When its red checks were run again, and by what those are known (`flake.mark`).
    retried_at = models.DateTimeField(null=True, blank=True)
    retried_mark = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    green_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_look_at"],  # selectors.due_pulls
                condition=Q(next_look_at__isnull=False),
                name="pull_due",
            ),
            models.Index(
                fields=["deadline_at"],  # the sweep's expiry
                condition=Q(deadline_at__isnull=False),
                name="pull_deadline",
            ),
            models.Index(
                fields=["published_at"],  # selectors.queue_flow
                condition=Q(published_at__isnull=False),
                name="pull_published",
            ),
            models.Index(fields=["lane", "-created_at"], name="pull_newest"),  # services.lanes: the last one
            models.Index(fields=["head_sha"], name="pull_head_sha"),  # webhooks name the head sha
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lane", "number"], condition=Q(number__isnull=False), name="pull_number_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number or '…'} {self.head_branch}"
