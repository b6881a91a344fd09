"""Parts of parties whose checks were red."""

from __future__ import annotations

import uuid

from django.db import models

from tasks_app.pipeline.bisect import Outcome


class SuspectPart(models.Model):
    """Tasks of a red party that travel together and with nobody else, until it is known who is guilty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The same for all parts that one party was divided into.
    family = models.UUIDField(db_index=True)
    #: How many tasks it had then.
    size = models.PositiveIntegerField()
    outcome = models.CharField(
        max_length=8, choices=[(o.value, o.value) for o in Outcome], default=Outcome.WAITING
    )
    #: Which checks failed when all of them travelled together.
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size} of {self.family.hex[:8]}: {self.outcome}"
