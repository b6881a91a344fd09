"""Requests to the forge, by hour and kind."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from closedloop.admin.history import HistoryAdmin
from metrics_app.models import ForgeTraffic


@admin.register(ForgeTraffic)
class ForgeTrafficAdmin(HistoryAdmin):
    """What was sent in one hour."""

    list_display = ("kind", "beginning", "requests")
    list_filter = (("kind", ChoicesCheckboxFilter),)
    date_hierarchy = "hour"
    ordering = ("-hour", "kind")

    @admin.display(description="hour (UTC)", ordering="hour")
    def beginning(self, row: ForgeTraffic) -> str:
        """When it began."""
        return f"{row.hour:%Y-%m-%d %H}:00"
