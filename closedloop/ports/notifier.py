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
    """Some channels took the message and some did not: it may be sent again to the latter alone."""

    def __init__(self, detail: str, *, served: frozenset[str]) -> None:
        super().__init__(detail)
        #: The channels that have it now, in the notifier's own short names, which hold no space.
        self.served = served


class Notifier(Protocol):
    """Delivers to every configured channel."""

    def notify(self, message: Message, *, served: frozenset[str] = frozenset()) -> None:
        """Send it to every channel but those that were served before.

        Raises Unavailable when no channel took it, and PartlyDelivered when not all have it now.
        """
