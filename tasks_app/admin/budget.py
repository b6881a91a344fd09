"""How much may still be written on the forge, and what the writes went into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge, shown
from closedloop.chapters import Badge, Chapter, Code, Prose, Table, Tone, coarse, facts
from closedloop.wiring import ports
from tasks_app.models import WriteBudget, WriteCharge
from tasks_app.pipeline.budget import rooms
from tasks_app.services.budget import limits, standing

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

#: Charges on the budget's page.
_LATEST = 50


@admin.register(WriteBudget)
class WriteBudgetAdmin(HistoryAdmin):
    """What the forge lets us write."""

    list_display = ("name", "standing_word", "left")

    @admin.display(description="state")
    def standing_word(self, budget: WriteBudget) -> SafeString:
        """Open, used up or blocked."""
        return badge(_badge(budget, ports().clock()))

    @admin.display(description="left for everyday work and for rollbacks")
    def left(self, budget: WriteBudget) -> str:
        """In each window."""
        now = ports().clock()
        found = rooms(standing(now).spent, limits(), now=now)
        words = [f"{room.everyday} and {room.rollback} in {coarse(room.length)}" for room in found]
        return ", ".join(words) or "no limit"

    def badges(self, row: WriteBudget, now: datetime) -> list[Badge]:
        """Open, used up or blocked."""
        return [_badge(row, now)]

    def chapters(self, row: WriteBudget, now: datetime) -> list[Chapter]:
        """The windows, and what was written lately."""
        found = rooms(standing(now).spent, limits(), now=now)
        windows = Table(
            name="windows",
            head=("window", "used", "left for everyday work", "left for rollbacks"),
            rows=tuple((coarse(room.length), room.used, room.everyday, room.rollback) for room in found),
        )
        latest = row.charges.order_by("-at")[:_LATEST]
        charges = Table(
            name="charges",
            head=("at", "writes", "share", "act"),
            rows=tuple((one.at, one.writes, one.share, Code(text=one.act)) for one in latest),
        )
        known = facts(blocked_until=row.blocked_until, block_reason=Prose(text=row.block_reason))
        return [Chapter(name="budget", title="Writes", facts=known, tables=(windows, charges))]


def _badge(budget: WriteBudget, now: datetime) -> Badge:
    if budget.blocked_until and budget.blocked_until > now:
        return Badge(text="blocked", tone=Tone.BAD)
    if any(not room.everyday for room in rooms(standing(now).spent, limits(), now=now)):
        return Badge(text="used up", tone=Tone.WARN)
    return Badge(text="open", tone=Tone.GOOD)


@admin.register(WriteCharge)
class WriteChargeAdmin(HistoryAdmin):
    """One act that was paid for."""

    list_display = ("act_name", "writes", "share", "charged")
    list_filter = (("share", ChoicesCheckboxFilter),)
    search_fields = ("act",)
    ordering = ("-at",)

    @admin.display(description="act", ordering="act")
    def act_name(self, charge: WriteCharge) -> SafeString:
        """What was done."""
        return shown(Code(text=charge.act))

    @admin.display(description="counts from", ordering="at")
    def charged(self, charge: WriteCharge) -> SafeString:
        """How long ago."""
        return ago(charge.at, ports().clock())
