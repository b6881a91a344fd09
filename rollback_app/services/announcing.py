"""Telling people, best effort: a channel that is away must not stop the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from closedloop.ports.errors import PortError
from closedloop.ports.notifier import Message, Severity

if TYPE_CHECKING:
    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)


def announce(title: str, body: str, ports: Ports, severity: Severity = Severity.CRITICAL) -> bool:
    """Send one message; False, and a log line, when no channel took it."""
    try:
        ports.notifier().notify(Message(title=title, body=body, severity=severity))
    except PortError as error:
        log.warning("notification_lost", title=title, error=error.detail)
        return False
    return True
