"""Probes over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from closedloop.adapters.http_pages import PageFetcher, PageLimits, PageUnreachable
from closedloop.adapters.page_judge import judge_page
from closedloop.ports.probe import ProbeReading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from closedloop.ports.probe import ProbeOrder


class HttpProber:
    """Prober by HTTP GET."""

    def __init__(self, limits: PageLimits | None = None, *, bearers: Mapping[str, str] | None = None) -> None:
        """`bearers` holds tokens by the beginning of the addresses that they are for."""
        self._pages = PageFetcher(limits)
        self._bearers = dict(bearers or {})

    def probe(self, order: ProbeOrder) -> ProbeReading:
        """See Prober."""
        started = time.perf_counter()
        try:
            page = self._pages.fetch(order.url, timeout_s=order.timeout_s, bearer=self._bearer(order.url))
        except PageUnreachable as reason:
            complaint: str | None = str(reason)
            seen = ""
        else:
            complaint = judge_page(order, page)
            seen = f"answered {page.status} as expected"
        elapsed = round((time.perf_counter() - started) * 1000)
        return ProbeReading(is_ok=complaint is None, detail=complaint or seen, elapsed_ms=elapsed)

    def _bearer(self, url: str) -> str:
        return next((token for start, token in self._bearers.items() if url.startswith(start)), "")

    def close(self) -> None:
        """Close the kept connections."""
        self._pages.close()
