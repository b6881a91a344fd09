"""What every Prober promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.http_probe import HttpProber
from closedloop.ports.probe import ProbeOrder, Prober
from tests.fakes import FakePage, FakeProber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

PAGES = {
    "/faq": FakePage(body="<h1>FAQ</h1><p>Grüße &amp; <b>good</b> answers</p>"),
    "/down": FakePage(body="Sorry", status=503),
    "/health": FakePage(body='{"status": "ok", "db": {"up": true}}', content_type="application/json"),
}
Stage = tuple[Prober, str]


@pytest.fixture(params=["fake", "http"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A prober and the address of a site with the pages above."""
    if request.param == "fake":
        yield FakeProber({f"http://site{path}": page for path, page in PAGES.items()}), "http://site"
        return
    server: HTTPServer = request.getfixturevalue("httpserver")
    for path, page in PAGES.items():
        server.expect_request(path).respond_with_data(
            page.body, status=page.status, content_type=page.content_type
        )
    real = HttpProber()
    yield real, server.url_for("").rstrip("/")
    real.close()


@pytest.mark.parametrize(
    ("path", "order", "is_ok"),
    [
        ("/faq", ProbeOrder(url=""), True),
        ("/faq", ProbeOrder(url="", texts=("Grüße & good answers",)), True),
        ("/faq", ProbeOrder(url="", texts=("FAQ", "bad answers")), False),
        ("/faq", ProbeOrder(url="", texts=("<b>good",)), False),
        ("/down", ProbeOrder(url=""), False),
        ("/down", ProbeOrder(url="", status=503, texts=("Sorry",)), True),
        ("/health", ProbeOrder(url="", fields=(("status", "ok"), ("db.up", "true"))), True),
        ("/health", ProbeOrder(url="", fields=(("status", "down"),)), False),
        ("/faq", ProbeOrder(url="", fields=(("status", "ok"),)), False),
    ],
)
def test_a_page_is_compared_with_its_order(stage: Stage, path: str, order: ProbeOrder, is_ok: bool):  # noqa: FBT001
    prober, site = stage
    reading = prober.probe(
        ProbeOrder(url=site + path, status=order.status, texts=order.texts, fields=order.fields)
    )
    assert (reading.is_ok, bool(reading.detail), reading.elapsed_ms >= 0) == (is_ok, True, True)


def test_a_site_out_of_reach_is_a_reading(stage: Stage):
    prober, _ = stage
    reading = prober.probe(ProbeOrder(url="http://127.0.0.1:1/", timeout_s=1))
    assert (reading.is_ok, "reach" in reading.detail or "connect" in reading.detail) == (False, True)
