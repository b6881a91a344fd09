"""How long things took, so that the next ones are waited for with patience and looked at in time."""

from __future__ import annotations

from django.db import models


class DurationSample(models.Model):
    """How long one check or one stay in a state took; only the last few of each count and are kept."""

    class Subject(models.TextChoices):
        CHECK = "check"
        STAGE = "stage"

    repo = models.CharField(max_length=200)
    subject = models.CharField(max_length=5, choices=Subject)
    #: Of the check, or of the state.
    name = models.CharField(max_length=255)
    took = models.DurationField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["repo", "-id"], name="duration_sample_latest")]  # services.learning

    def __str__(self) -> str:
        return f"{self.subject} {self.name}: {self.took}"
