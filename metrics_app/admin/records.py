"""Objectives, alerts and readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesCheckboxFilter

from closedloop.admin.filters import WordFilter
from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge
from closedloop.chapters import Badge, Tone, spell
from closedloop.ports.notifier import Severity
from closedloop.wiring import ports
from metrics_app.models import Alert, HealthReading, SLORecord
from metrics_app.slo.figures import figure
from metrics_app.slo.objectives import BY_NAME, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

_SEVERITIES: dict[str, Tone] = {Severity.CRITICAL: Tone.BAD, Severity.WARNING: Tone.WARN}


@admin.register(SLORecord)
class SLORecordAdmin(HistoryAdmin):
    """One objective over one window."""

    list_display = ("title", "period", "window", "measured", "goal", "verdict", "budget", "sample_count")
    list_filter = (
        ("objective", WordFilter),
        ("period", ChoicesCheckboxFilter),
        ("is_met", BooleanRadioFilter),
    )
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "objective")

    @admin.display(description="objective", ordering="objective")
    def title(self, record: SLORecord) -> str:
        """Its name as people know it."""
        known = BY_NAME.get(record.objective)
        return known.title if known else record.objective

    @admin.display(description="window (UTC)", ordering="starts_at")
    def window(self, record: SLORecord) -> str:
        """Its days."""
        return f"{record.starts_at:%Y-%m-%d} – {record.ends_at:%Y-%m-%d}"

    @admin.display(description="measured", ordering="value")
    def measured(self, record: SLORecord) -> str:
        """The value in its unit."""
        return "–" if record.value is None else _figure(record, record.value)

    @admin.display(description="goal")
    def goal(self, record: SLORecord) -> str:
        """What was promised."""
        return _figure(record, record.target)

    @admin.display(description="met", ordering="is_met")
    def verdict(self, record: SLORecord) -> SafeString:
        """Met, missed, or nothing measured."""
        return badge(_verdict(record))

    @admin.display(description="budget left", ordering="budget_left")
    def budget(self, record: SLORecord) -> str:
        """Share of the error budget."""
        return "–" if record.budget_left is None else f"{record.budget_left * 100:.0f} %"

    def heading(self, row: SLORecord) -> str:
        """Objective and window."""
        return f"{self.title(row)}, {self.window(row)}"

    def badges(self, row: SLORecord, now: datetime) -> list[Badge]:
        """Met or missed."""
        return [_verdict(row)]


def _figure(record: SLORecord, value: float) -> str:
    known = BY_NAME.get(record.objective)
    return figure(known.unit if known else Unit.PERCENT, value)


def _verdict(record: SLORecord) -> Badge:
    if record.is_met is None:
        return Badge(text="nothing measured", tone=Tone.QUIET)
    return Badge(text="met", tone=Tone.GOOD) if record.is_met else Badge(text="missed", tone=Tone.BAD)


@admin.register(Alert)
class AlertAdmin(HistoryAdmin):
    """Something that people were told."""

    list_display = ("title", "gravity", "standing", "key", "fired", "lasted")
    list_filter = (("severity", WordFilter), ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("key", "title", "detail")
    date_hierarchy = "fired_at"
    ordering = ("-fired_at",)

    @admin.display(description="severity", ordering="severity")
    def gravity(self, alert: Alert) -> SafeString:
        """How grave."""
        return badge(_gravity(alert))

    @admin.display(description="standing", ordering="resolved_at")
    def standing(self, alert: Alert) -> SafeString:
        """Open or resolved."""
        return badge(_standing(alert))

    @admin.display(description="fired", ordering="fired_at")
    def fired(self, alert: Alert) -> SafeString:
        """How long ago."""
        return ago(alert.fired_at, ports().clock())

    @admin.display(description="lasted")
    def lasted(self, alert: Alert) -> str:
        """Until it was over, or until now."""
        return spell((alert.resolved_at or ports().clock()) - alert.fired_at)

    def badges(self, row: Alert, now: datetime) -> list[Badge]:
        """Severity and standing."""
        return [_gravity(row), _standing(row)]


def severity_tone(severity: str) -> Tone:
    """How grave it looks."""
    return _SEVERITIES.get(severity, Tone.QUIET)


def _gravity(alert: Alert) -> Badge:
    return Badge(text=alert.severity, tone=severity_tone(alert.severity))


def _standing(alert: Alert) -> Badge:
    return Badge(text="resolved", tone=Tone.GOOD) if alert.resolved_at else Badge(text="open", tone=Tone.WARN)


@admin.register(HealthReading)
class HealthReadingAdmin(HistoryAdmin):
    """One scheduled look."""

    list_display = ("name", "verdict", "detail", "took", "when")
    list_filter = (("name", WordFilter), ("is_ok", BooleanRadioFilter))
    search_fields = ("detail",)
    date_hierarchy = "at"
    ordering = ("-at",)

    @admin.display(description="verdict", ordering="is_ok")
    def verdict(self, reading: HealthReading) -> SafeString:
        """Good or bad."""
        return badge(_reading(reading))

    @admin.display(description="took", ordering="elapsed_ms")
    def took(self, reading: HealthReading) -> str:
        """How long the look lasted."""
        return f"{reading.elapsed_ms} ms"

    @admin.display(description="when", ordering="at")
    def when(self, reading: HealthReading) -> SafeString:
        """How long ago."""
        return ago(reading.at, ports().clock())

    def badges(self, row: HealthReading, now: datetime) -> list[Badge]:
        """Good or bad."""
        return [_reading(row)]


def _reading(reading: HealthReading) -> Badge:
    return Badge(text="good", tone=Tone.GOOD) if reading.is_ok else Badge(text="bad", tone=Tone.BAD)
