"""Carrying hints to workers. A lost hint costs time, never work: the rows say what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Please run these jobs on this row, soon."""

    #: Names of Celery jobs, run one after the other; a step that has to wait ends the run quietly.
    jobs: tuple[str, ...]
    #: Primary key of the row, as text.
    row_id: str
    #: Seconds to wait first; never more than 2, longer waits are rows.
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """Please run `member` on each row in parallel, then `body` on `row_id`."""

    member: str
    member_ids: tuple[str, ...]
    body: str
    row_id: str


class Courier(Protocol):
    """Fire and forget: never raises when the broker is away."""

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        """Hand the hints over; False when they may not have arrived (the sweep will find the rows)."""
