"""Probes: small questions to the live system after a deploy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """One HTTP GET and what its answer must show."""

    url: str
    #: Expected status code.
    status: int = 200
    #: Texts a reader must see on the page (tags dropped, spaces collapsed); empty: any body will do.
    texts: tuple[str, ...] = ()
    #: JSON fields (dotted path → value, the empty path is the whole body) that must be there.
    fields: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReading:
    """What a probe found."""

    is_ok: bool
    #: Why not, or what was seen; one line for an operator.
    detail: str
    elapsed_ms: int


class Prober(Protocol):
    """Never raises for an unhealthy target: that is a reading."""

    def probe(self, order: ProbeOrder) -> ProbeReading:
        """Ask once and compare."""
