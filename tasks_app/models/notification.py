"""What people are told."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from closedloop.ports.notifier import Severity
from tasks_app.models.claimable import Claimable


class Notification(Claimable):
    """One message for people, written with the transaction it is about and delivered after it.

    A `message` goes to the operators' channels, a `comment` to a pull request on the forge.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        COMMENT = "comment"

    class State(models.TextChoices):
        OPEN = "open"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    #: The pull request, release or rollback that it is about.
    about_id = models.UUIDField(db_index=True)
    #: Of the pull request that is commented on.
    number = models.PositiveIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Severity])
    title = models.CharField(max_length=300)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    #: Why it was given up.
    note = models.CharField(max_length=500, blank=True, default="")
    #: Where it can be read, if that is known.
    url = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="message", number__isnull=True) | Q(kind="comment", number__isnull=False),
                name="notification_comments_name_a_pull",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="notification_due"
            )  # sweep
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"
