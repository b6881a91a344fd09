"""What is shared by all workers and scarce: writes on the forge, and calls of the model."""

from __future__ import annotations

from django.db import models

from tasks_app.models.task import Task
from tasks_app.pipeline.budget import Share


class WriteBudget(models.Model):
    """One row per account at the forge. Charges are made by compare-and-swap on its fence."""

    name = models.CharField(max_length=80, primary_key=True)
    #: Grows with every charge.
    fence = models.PositiveBigIntegerField(default=0)
    #: When all writes so far would be over at the pace that the forge asks for.
    paced_until = models.DateTimeField()
    #: Nobody writes before this: the forge said so.
    blocked_until = models.DateTimeField(null=True, blank=True)
    #: In the forge's words.
    block_reason = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"writes on {self.name}"


class WriteCharge(models.Model):
    """An act that was paid for; counts in the windows until it is old enough, and is then forgotten."""

    budget = models.ForeignKey(WriteBudget, on_delete=models.CASCADE, related_name="charges")
    #: When the last of its requests may have reached the forge: the end of its lease while it is under way.
    at = models.DateTimeField()
    writes = models.PositiveIntegerField()
    share = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Share])
    #: For operators: what was done.
    act = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["budget", "at"], name="write_charge_window")]  # services.budget

    def __str__(self) -> str:
        return f"{self.writes} for {self.act}"


class ModelSlot(models.Model):
    """The right to call the model; free again when its holder gave it back, or died."""

    number = models.PositiveIntegerField(primary_key=True)
    owner = models.CharField(max_length=120, blank=True, default="")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}: {self.owner}"


class ModelWaiter(models.Model):
    """A task that waits for a slot; whoever waits longest is called first."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.task_id)


class CachedAnswer(models.Model):
    """What the model said to a request, so that the same request is not paid for twice in a day."""

    #: sha256 of model, prompt version and messages.
    key = models.CharField(max_length=64, primary_key=True)
    #: For whom it was said: what was taken back is not said again.
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=120)
    #: The model's own words, accepted once and read anew each time.
    reply = models.TextField()
    expires_at = models.DateTimeField(db_index=True)
    hits = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key[:12]} by {self.model}"
