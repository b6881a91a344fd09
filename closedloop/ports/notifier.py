"""Telling people: chat, mail, pager."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


class Notifier(Protocol):
    """Delivers to every configured channel."""

    def notify(self, message: Message) -> None:
        """Send it. Raises Unavailable when a channel did not take it."""
