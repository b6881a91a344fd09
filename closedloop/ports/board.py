"""The notice board: short-lived copies of rows, for readers while the database is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Board(Protocol):
    """Best effort: a board that is away loses copies, never facts."""

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        """Replace the hash at `key`; it fades after `ttl_s` seconds. Never raises."""

    def read(self, key: str) -> dict[str, str] | None:
        """The hash at `key`; None when there is none. Raises Unavailable when the board is away."""
