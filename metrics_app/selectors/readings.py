"""What the scheduled probes saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q

from metrics_app.models import HealthReading

if TYPE_CHECKING:
    from metrics_app.slo.windows import Window


def readings(name: str, window: Window) -> tuple[int, int]:
    """Good and bad readings of one probe in the window."""
    rows = HealthReading.objects.filter(name=name, at__gte=window.starts_at, at__lt=window.ends_at)
    # In one statement: a reading that comes between two would count as bad.
    counts = rows.aggregate(good=Count("pk", filter=Q(is_ok=True)), bad=Count("pk", filter=Q(is_ok=False)))
    return counts["good"], counts["bad"]


def probe_names() -> list[str]:
    """Every probe that has left a reading."""
    return list(HealthReading.objects.order_by("name").values_list("name", flat=True).distinct())


def latest_complaints(name: str, limit: int) -> list[str | None]:
    """The last readings of one probe, newest first: what was wrong, None when nothing was."""
    rows = HealthReading.objects.filter(name=name).order_by("-at")[:limit]
    return [None if row.is_ok else row.detail for row in rows]
