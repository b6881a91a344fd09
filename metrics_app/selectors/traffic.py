"""What was sent to the forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum

from closedloop.ports.traffic import Kind
from metrics_app.models import ForgeTraffic
from metrics_app.slo.traffic import Traffic
from tasks_app.models import Task

if TYPE_CHECKING:
    from metrics_app.slo.windows import Window


def traffic_in(window: Window) -> Traffic:
    """Requests and merged tasks of a window that begins with an hour."""
    rows = ForgeTraffic.objects.filter(hour__gte=window.starts_at, hour__lt=window.ends_at)
    sums = rows.values_list("kind").annotate(sent=Sum("requests"))
    merged = Task.objects.filter(merged_at__gte=window.starts_at, merged_at__lt=window.ends_at)
    return Traffic(
        window=window,
        requests={Kind(kind): sent for kind, sent in sums},
        tasks_merged=merged.count(),
    )
