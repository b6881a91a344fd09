"""The spool: keeps submissions durably while the database is away, in order, until they are replayed.

What it took is not lost with it: a spool that could lose something says so and takes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A submission that was found good and waits for the database."""

    task_id: UUID
    #: Cleaned.
    question: str
    fingerprint: str
    #: Who asked.
    client: str
    #: When it was sent in.
    at: datetime
    #: The client's own name for it; empty when it gave none.
    key: str = ""
    #: sha256 (hex) of what was sent under that name.
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolItem:
    """One entry of the spool, as it lies there."""

    #: Its bytes, by which it is removed.
    raw: bytes
    #: None when the bytes make no sense.
    spooled: Spooled | None


class Finding(StrEnum):
    """What the spool says to a submission."""

    NEW = "new"
    #: The question or the key waits there already.
    KNOWN = "known"
    #: The key waits there with another body.
    REUSED = "reused"
    FULL = "full"
    #: It does not wait there, others do.
    ABSENT = "absent"
    #: Nothing waits there.
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolAnswer:
    """What the spool says, and about which task."""

    finding: Finding
    #: Given for NEW and KNOWN.
    task_id: UUID | None = None


class Spool(Protocol):
    """Every method raises Unavailable when the spool is away; then nothing is known to have happened."""

    def keep(self, spooled: Spooled, *, at_most: int) -> SpoolAnswer:
        """Store it durably, unless its question or key waits there already or `at_most` entries do.

        Raises Unavailable also when what is stored there could be lost (see `trouble`).
        """

    def find(self, spooled: Spooled) -> SpoolAnswer:
        """What `keep` would say, without storing anything; a new key for a known question is KNOWN too."""

    def read(self, task_id: UUID) -> Spooled | None:
        """The entry under this id; None when there is none."""

    def oldest(self, at_most: int) -> list[SpoolItem]:
        """The entries at the head, oldest first."""

    def remove(self, item: SpoolItem) -> None:
        """Take out what was replayed."""

    def set_aside(self, item: SpoolItem) -> None:
        """Take out of the way what cannot be replayed, and keep it for a person."""

    def trouble(self) -> str:
        """Why what is stored there could be lost, in words for an operator; empty when it could not."""


class NullSpool:
    """For processes that have none: nothing waits, nothing is taken."""

    def keep(self, spooled: Spooled, *, at_most: int) -> SpoolAnswer:  # noqa: ARG002 - the port's signature
        """Refuse."""
        raise Unavailable(self.trouble())

    def find(self, spooled: Spooled) -> SpoolAnswer:  # noqa: ARG002 - the port's signature
        """Nothing waits."""
        return SpoolAnswer(finding=Finding.EMPTY)

    def read(self, task_id: UUID) -> Spooled | None:  # noqa: ARG002 - the port's signature
        """Nothing waits."""
        return None

    def oldest(self, at_most: int) -> list[SpoolItem]:  # noqa: ARG002 - the port's signature
        """Nothing waits."""
        return []

    def remove(self, item: SpoolItem) -> None:
        """There is nothing to take out."""

    def set_aside(self, item: SpoolItem) -> None:
        """There is nothing to take out."""

    def trouble(self) -> str:
        """Nothing can be spooled."""
        return "there is no spool"
