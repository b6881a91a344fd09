"""Notifications where no channel is configured: a line in the log that says nobody was told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from closedloop.ports.notifier import Severity

if TYPE_CHECKING:
    from closedloop.ports.notifier import Message

_log = logging.getLogger(__name__)
_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.CRITICAL: logging.CRITICAL,
}


class ConsoleNotifier:
    """Notifier for development."""

    def notify(self, message: Message, *, served: frozenset[str] = frozenset()) -> None:  # noqa: ARG002 - one channel
        """Log the message at its severity."""
        _log.log(
            _LEVELS[message.severity],
            "no notification channel is configured, so only this log says: %s: %s",
            message.title,
            message.body,
        )
