"""The notice board: short-lived copies of rows, for readers while the database is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One note on the board."""

    key: str
    #: Fields of a hash, or one plain text.
    value: Mapping[str, str] | str
    #: Seconds after which it fades.
    ttl_s: int


class Board(Protocol):
    """Best effort: a board that is away loses copies, never facts."""

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        """Replace the hash at `key`; it fades after `ttl_s` seconds. Never raises."""

    def pin_all(self, pins: Sequence[Pin]) -> None:
        """Replace several notes at once. Never raises."""

    def pin_missing(self, pins: Sequence[Pin]) -> None:
        """Hang up again what is gone; what hangs there is newer, and only stays longer. Never raises."""

    def read(self, key: str) -> dict[str, str] | None:
        """The hash at `key`; None when there is none. Raises Unavailable when the board is away."""
