"""Telling people: chat, mail, pager."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from closedloop.ports.errors import Unavailable


class Severity(StrEnum):
    """How loud a message is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message for operators, plain text."""

    title: str
    body: str
    severity: Severity


class PartlyDelivered(Unavailable):
    """Some channels certainly did not take the message: it may be sent again to these alone."""

    def __init__(self, detail: str, *, served: frozenset[str]) -> None:
        super().__init__(detail)
        #: The channels that have it now, or may have it, in the notifier's own short names without spaces.
        self.served = served


class Notifier(Protocol):
    """Delivers to every configured channel."""

    def notify(self, message: Message, *, served: frozenset[str] = frozenset()) -> None:
        """Send it to every channel but those that were served before.

        Raises Unavailable when certainly no channel took it, PartlyDelivered when certainly some did not, and
        Unknown when every one has it or may have it.
        """
