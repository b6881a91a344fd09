"""Merged changes on their way to the live system, and the way back."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from rollback_app.states import ROLLBACK, ReleaseState, RollbackState
from tasks_app.models import Claimable, PullRequest, Task


class Release(Claimable):
    """One merge that has to become live and be verified."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pull = models.OneToOneField(PullRequest, on_delete=models.PROTECT, related_name="release")
    environment = models.CharField(max_length=80)
    #: The merge commit that the live version must contain.
    sha = models.CharField(max_length=64)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in ReleaseState], default=ReleaseState.DEPLOYING
    )
    code = models.CharField(max_length=60, blank=True, default="")
    #: The version before this one: what a stable tag points at.
    previous_sha = models.CharField(max_length=64, blank=True, default="")
    stable_tag = models.CharField(max_length=120, blank=True, default="")
    live_version = models.CharField(max_length=120, blank=True, default="")
    #: Verification round running now, from 1.
    round = models.PositiveIntegerField(default=0)
    #: With which round the present verification began: what was read before a retry is not judged again.
    first_round = models.PositiveIntegerField(default=1)
    note = models.TextField(blank=True, default="")
    merged_at = models.DateTimeField()
    live_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    #: First bad reading of the verification that failed.
    detected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-merged_at"], name="release_merged"),  # the list, newest first
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="release_due"
            ),  # sweep
        ]

    def __str__(self) -> str:
        return f"{self.environment} {self.sha[:7]} ({self.state})"


class Rollback(Claimable):
    """Bringing an environment back by reverting some tasks of one merge."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rollbacks")
    tasks = models.ManyToManyField(Task, related_name="rollbacks")
    reason = models.CharField(max_length=500)
    is_automatic = models.BooleanField()
    actor = models.CharField(max_length=150)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in RollbackState], default=RollbackState.REVERTING
    )
    left_state = models.CharField(max_length=16, blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    note = models.TextField(blank=True, default="")
    head_branch = models.CharField(max_length=200, unique=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    #: How often it was built anew since its base had moved, and how often before it was resumed last.
    rebuilds = models.PositiveSmallIntegerField(default=0)
    first_rebuild = models.PositiveSmallIntegerField(default=0)
    #: The pull request of the attempt before, until that is closed.
    replaces = models.PositiveIntegerField(null=True, blank=True)
    url = models.URLField(max_length=500, blank=True, default="")
    base_sha = models.CharField(max_length=64, blank=True, default="")
    head_sha = models.CharField(max_length=64, blank=True, default="")
    merge_sha = models.CharField(max_length=64, blank=True, default="")
    #: Confirmation round running now, from 1.
    round = models.PositiveIntegerField(default=0)
    #: With which round the present confirmation began: what was read before a resumption is not judged again.
    first_round = models.PositiveIntegerField(default=1)
    issue_number = models.PositiveIntegerField(null=True, blank=True)
    issue_url = models.URLField(max_length=500, blank=True, default="")
    #: TRB runs from `detected_at` to `healthy_at`; the phases lie between the others.
    detected_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    healthy_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="rollback_due"
            ),  # sweep
        ]
        permissions = [
            ("roll_back", "Can take merged tasks back"),
            ("resume_rollback", "Can let a rollback go on that asked for an operator"),
            ("give_up_rollback", "Can decide that what a rollback was to take back stays live"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["release"],
                condition=~Q(state__in=sorted(state.value for state in ROLLBACK.terminal)),
                name="rollback_one_open_per_merge",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.head_branch} ({self.state})"

    @property
    def attempt_id(self) -> uuid.UUID:
        """Whose the outside acts of the present attempt are."""
        return self.attempt_ids[-1]

    @property
    def attempt_ids(self) -> list[uuid.UUID]:
        """Each attempt publishes and merges once, and the first one has the id of the rollback."""
        return [self.pk, *(uuid.uuid5(self.pk, str(number + 1)) for number in range(self.rebuilds))]


class ProbeResult(models.Model):
    """One probe of one round: a pre-created row per chord member."""

    #: The release or rollback that is being looked at.
    subject_id = models.UUIDField()
    round = models.PositiveIntegerField()
    #: healthz | front_page | answer:… | task_endpoint | worker_heartbeat
    kind = models.CharField(max_length=80)
    url = models.URLField(max_length=500)
    #: Visible texts the page must show (or, on the way back, must not).
    texts = models.JSONField(default=list, blank=True)
    #: JSON fields the body must hold, as [path, value] pairs.
    fields = models.JSONField(default=list, blank=True)
    is_ok = models.BooleanField(null=True)
    detail = models.TextField(blank=True, default="")
    elapsed_ms = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "round", "kind"], name="probe_once_per_round")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {'open' if self.is_ok is None else 'ok' if self.is_ok else 'bad'}"
