"""A courier that keeps what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.courier import FanOut, Hint


class FakeCourier:
    """Records hints; `is_away` loses them, as a broker that cannot be reached does."""

    def __init__(self) -> None:
        self.sent: list[Hint | FanOut] = []
        self.is_away = False

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        if self.is_away:
            return False
        self.sent.extend(hints)
        return True
