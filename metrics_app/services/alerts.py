"""Alerts: opened once, told once, closed when what they are about is gone, and that told once too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from closedloop.ports.errors import PortError, Unknown
from closedloop.ports.notifier import Message, PartlyDelivered, Severity
from metrics_app.models import Alert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from closedloop.wiring import Ports
    from metrics_app.slo.conditions import Condition

log = structlog.get_logger(__name__)


def follow_conditions(conditions: Sequence[Condition], ports: Ports) -> list[Alert]:
    """Open an alert for each new condition, resolve those whose condition is gone, tell people.

    Two watchers at once are harmless: the database lets one alert per key be open, and who tells
    people is decided by compare-and-swap. Returns the alerts that this call opened.
    """
    now = ports.clock()
    opened = [alert for condition in conditions if (alert := _try_open(condition, now))]
    gone = Alert.objects.filter(resolved_at__isnull=True).exclude(key__in=[c.key for c in conditions])
    gone.update(resolved_at=now)
    tell_people(ports)
    return opened


def tell_people(ports: Ports) -> None:
    """Send what has not been sent: news of open alerts, and that told ones are over."""
    for alert in Alert.objects.filter(notified_at__isnull=True, resolved_at__isnull=True):
        _tell(alert, "notified_at", _news(alert), ports)
    over = Alert.objects.filter(notified_at__isnull=False, resolved_at__isnull=False, closed_at__isnull=True)
    for alert in over:
        _tell(alert, "closed_at", _all_clear(alert), ports)


def _try_open(condition: Condition, now: datetime) -> Alert | None:
    """Open the alert, or freshen the one that is open; None when there was one."""
    still_open = Alert.objects.filter(key=condition.key, resolved_at__isnull=True)
    if still_open.update(last_seen_at=now, detail=condition.detail, severity=condition.severity.value):
        return None
    alert = Alert(
        key=condition.key,
        severity=condition.severity.value,
        title=condition.title,
        detail=condition.detail,
        fired_at=now,
        last_seen_at=now,
    )
    Alert.objects.bulk_create([alert], ignore_conflicts=True)  # another watcher may open it just now
    return Alert.objects.filter(key=condition.key, fired_at=now).first()


def _tell(alert: Alert, column: str, message: Message, ports: Ports) -> None:
    """Claim the message, send it, and give it back when no channel has it: the next watch tries again."""
    mine = Alert.objects.filter(pk=alert.pk, **{f"{column}__isnull": True})
    if not mine.update(**{column: ports.clock()}):
        return
    try:
        ports.notifier().notify(message)
    except (PartlyDelivered, Unknown) as error:
        # Whoever has it must not hear of it again at every watch, for as long as a channel is away or slow.
        log.warning("alert_told_in_part", key=alert.key, detail=error.detail)
    except PortError as error:
        log.warning("alert_not_told", key=alert.key, code=error.code)
        Alert.objects.filter(pk=alert.pk).update(**{column: None})


def _news(alert: Alert) -> Message:
    return Message(title=alert.title, body=alert.detail, severity=Severity(alert.severity))


def _all_clear(alert: Alert) -> Message:
    lasted = (alert.resolved_at or alert.last_seen_at) - alert.fired_at
    body = f"It lasted {int(lasted.total_seconds())} s, since {alert.fired_at:%Y-%m-%d %H:%M:%S} UTC."
    return Message(title=f"Resolved: {alert.title}", body=body, severity=Severity.INFO)
