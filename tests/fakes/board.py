"""A notice board in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.board import Pin
from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class FakeBoard:
    """Keeps pins by key; nothing fades. `is_away` behaves as a Redis that cannot be reached."""

    def __init__(self) -> None:
        self.pins: dict[str, Pin] = {}
        self.is_away = False

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        self.pin_all([Pin(key=key, value=fields, ttl_s=ttl_s)])

    def pin_all(self, pins: Sequence[Pin]) -> None:
        if not self.is_away:
            self.pins.update({pin.key: pin for pin in pins})

    def pin_missing(self, pins: Sequence[Pin]) -> None:
        if not self.is_away:
            self.pins = {pin.key: pin for pin in pins} | self.pins

    def read(self, key: str) -> dict[str, str] | None:
        if self.is_away:
            raise Unavailable("the board is away")
        pin = self.pins.get(key)
        return None if pin is None or isinstance(pin.value, str) else dict(pin.value)
