"""What is to be sent, what people are told and what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from closedloop.admin.filters import WordFilter
from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge
from closedloop.chapters import Badge, Tone, spell
from closedloop.wiring import ports
from tasks_app.models import InboxDelivery, Notification, OutboxJob

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString


@admin.register(OutboxJob)
class OutboxJobAdmin(HistoryAdmin):
    """A job that must run because a transaction committed."""

    list_display = ("job", "args", "standing", "created")
    list_filter = (("job", WordFilter), ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("job", "args")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @admin.display(description="sent", ordering="sent_at")
    def standing(self, row: OutboxJob) -> SafeString:
        """Whether it went out, and after how long."""
        return badge(_sent(row))

    @admin.display(description="created", ordering="created_at")
    def created(self, row: OutboxJob) -> SafeString:
        """How long ago."""
        return ago(row.created_at, ports().clock())

    def badges(self, row: OutboxJob, now: datetime) -> list[Badge]:
        """Whether it went out."""
        return [_sent(row)]


def _sent(row: OutboxJob) -> Badge:
    if row.sent_at is None:
        return Badge(text="to be sent", tone=Tone.WARN)
    return Badge(text=f"after {spell(row.sent_at - row.created_at)}", tone=Tone.GOOD)


@admin.register(InboxDelivery)
class InboxDeliveryAdmin(HistoryAdmin):
    """A webhook delivery: a hint, never a fact."""

    list_display = ("event", "action", "delivery_id", "received", "standing")
    list_filter = (("event", WordFilter), ("processed_at", admin.EmptyFieldListFilter))
    search_fields = ("delivery_id", "event", "action")
    date_hierarchy = "received_at"
    ordering = ("-received_at",)

    @admin.display(description="received", ordering="received_at")
    def received(self, row: InboxDelivery) -> SafeString:
        """How long ago."""
        return ago(row.received_at, ports().clock())

    @admin.display(description="hints", ordering="processed_at")
    def standing(self, row: InboxDelivery) -> SafeString:
        """Whether its hints were given."""
        return badge(_processed(row))

    def badges(self, row: InboxDelivery, now: datetime) -> list[Badge]:
        """Whether its hints were given."""
        return [_processed(row)]


def _processed(row: InboxDelivery) -> Badge:
    if row.processed_at is None:
        return Badge(text="not yet", tone=Tone.WARN)
    return Badge(text="given", tone=Tone.GOOD)


@admin.register(Notification)
class NotificationAdmin(HistoryAdmin):
    """A message for people, on the operators' channels or on a pull request."""

    list_display = ("title", "kind", "standing", "created")
    list_filter = (("kind", WordFilter), ("state", WordFilter), ("severity", WordFilter))
    search_fields = ("title", "body", "about_id")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @admin.display(description="state", ordering="state")
    def standing(self, row: Notification) -> SafeString:
        """Whether it arrived."""
        return badge(_delivered(row))

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Notification) -> SafeString:
        """How long ago."""
        return ago(row.created_at, ports().clock())

    def badges(self, row: Notification, now: datetime) -> list[Badge]:
        """Whether it arrived."""
        return [_delivered(row)]


def _delivered(row: Notification) -> Badge:
    tones = {Notification.State.DELIVERED: Tone.GOOD, Notification.State.GIVEN_UP: Tone.BAD}
    state = Notification.State(row.state)
    return Badge(text=state.replace("_", " "), tone=tones.get(state, Tone.WARN))
