"""Writes down how objectives stand, window by window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metrics_app.models import SLORecord
from metrics_app.services.measuring import Standing, standings
from metrics_app.slo.budget import budget_left
from metrics_app.slo.windows import Period, window_of

if TYPE_CHECKING:
    from datetime import datetime

_KEY = ["objective", "period", "starts_at"]
_VALUES = ["ends_at", "value", "target", "is_met", "sample_count", "budget_left", "recorded_at"]
_INSTANT = timedelta(microseconds=1)


def record_objectives(now: datetime) -> int:
    """Write the present windows, and once more each window that ended since it was last written.

    Running it again changes nothing but `recorded_at`. Returns the number of rows written.
    """
    rows = [_record(standing, now) for standing in [*standings(now), *_just_ended(now)]]
    SLORecord.objects.bulk_create(rows, update_conflicts=True, unique_fields=_KEY, update_fields=_VALUES)
    return len(rows)


def _just_ended(now: datetime) -> list[Standing]:
    """Windows before the present ones whose record stems from before their end, or was never made."""
    ended = []
    for period in Period:
        before = window_of(period, window_of(period, now).starts_at - _INSTANT)
        written = SLORecord.objects.filter(
            period=period, starts_at=before.starts_at, recorded_at__gte=before.ends_at
        )
        if not written.exists():
            ended += [s for s in standings(before.ends_at - _INSTANT) if s.objective.period is period]
    return ended


def _record(standing: Standing, now: datetime) -> SLORecord:
    objective, measured = standing.objective, standing.measured
    return SLORecord(
        objective=objective.name,
        period=objective.period.value,
        starts_at=standing.window.starts_at,
        ends_at=standing.window.ends_at,
        value=measured.value,
        target=objective.target,
        is_met=None if measured.value is None else objective.is_met(measured.value),
        sample_count=measured.samples,
        budget_left=budget_left(objective, measured),
        recorded_at=now,
    )
