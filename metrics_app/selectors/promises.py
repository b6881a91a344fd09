"""How well it was told at the beginning when a task would be done."""

from __future__ import annotations

from statistics import median_high
from typing import TYPE_CHECKING

from tasks_app.models import Task
from tasks_app.pipeline.states import State

if TYPE_CHECKING:
    from datetime import timedelta

#: Tasks that are looked at.
_LATEST = 100


def typical_error() -> timedelta | None:
    """Half of the latest tasks were done within this of what was promised; None while there are none.

    Only those that were settled as done count: nobody promises to fail.
    """
    kept = Task.objects.filter(settled_state=State.DONE.value, promised_at__isnull=False)
    pairs = kept.order_by("-settled_at").values_list("promised_at", "settled_at")[:_LATEST]
    errors = [abs(settled - promised) for promised, settled in pairs if promised and settled]
    return median_high(errors) if errors else None
