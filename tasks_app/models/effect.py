"""Acts on the outside world, each done at most once."""

from __future__ import annotations

from django.db import models


class Effect(models.Model):
    """One outside act: written down before it is tried, settled after.

    `unknown` means the answer was lost: only a look-up may settle it.
    """

    class Status(models.TextChoices):
        INTENDED = "intended"
        DONE = "done"
        UNKNOWN = "unknown"

    #: The task, pull request, release or rollback it belongs to.
    subject_id = models.UUIDField()
    #: branch | pull | merge | tag | issue | notice | close …
    kind = models.CharField(max_length=40)
    #: The deterministic name by which it is looked up.
    name = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=Status, default=Status.INTENDED)
    #: What came of it: a sha, a number, an address.
    result = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    intended_at = models.DateTimeField()
    #: When it was last tried, unless that certainly had no effect.
    tried_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "kind"], name="effect_happens_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.status}"
