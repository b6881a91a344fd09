"""Probes in memory: pages by address, judged by the same rules as real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.adapters.page_judge import Page, judge_page
from closedloop.ports.probe import ProbeOrder, ProbeReading
from tests.fakes.script import Script, scripted

if TYPE_CHECKING:
    from collections.abc import Mapping

HEALTHY = ProbeReading(is_ok=True, detail="healthy by default", elapsed_ms=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePage:
    """What an address answers."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html"


class FakeProber:
    """Without pages every probe is healthy; with pages an unknown address cannot be reached.

    `forced` overrides everything while it is set.
    """

    def __init__(self, pages: Mapping[str, FakePage] | None = None) -> None:
        self.script = Script()
        self.pages = None if pages is None else dict(pages)
        self.forced: ProbeReading | None = None

    def fail(self, detail: str = "answered 500") -> None:
        """Let every probe fail until `forced` is None again."""
        self.forced = ProbeReading(is_ok=False, detail=detail, elapsed_ms=1)

    @scripted
    def probe(self, order: ProbeOrder) -> ProbeReading:
        if self.forced or self.pages is None:
            return self.forced or HEALTHY
        page = self.pages.get(order.url)
        if page is None:
            return ProbeReading(is_ok=False, detail="cannot connect", elapsed_ms=1)
        seen = Page(status=page.status, content_type=page.content_type, text=page.body)
        complaint = judge_page(order, seen)
        return ProbeReading(
            is_ok=complaint is None, detail=complaint or f"answered {page.status}", elapsed_ms=1
        )
