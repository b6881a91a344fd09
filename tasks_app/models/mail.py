"""What is to be sent, what came in, and who sweeps."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OutboxJob(models.Model):
    """A job that must run because a transaction committed; sent at once and again until `sent_at`."""

    job = models.CharField(max_length=120)
    #: Positional arguments: ids only, never text or secrets.
    args = models.JSONField(default=list)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(sent_at__isnull=True), name="outbox_unsent"
            )  # sweep
        ]

    def __str__(self) -> str:
        return f"{self.job}{tuple(self.args)}"


class InboxDelivery(models.Model):
    """A signed webhook delivery: a hint to look sooner, never a fact."""

    delivery_id = models.CharField(max_length=80, unique=True)
    event = models.CharField(max_length=60)
    action = models.CharField(max_length=60, blank=True, default="")
    payload = models.JSONField()
    received_at = models.DateTimeField()
    #: When the rows it may be about were woken, in the transaction that stored it.
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "inbox deliveries"

    def __str__(self) -> str:
        return f"{self.event} {self.action} {self.delivery_id}"


class SweepLease(models.Model):
    """One row: whoever holds it sweeps."""

    name = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=120, blank=True, default="")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.owner}"
