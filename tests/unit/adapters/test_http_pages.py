"""Fetching pages within limits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug import Response

from closedloop.adapters.http_pages import PageFetcher, PageLimits, PageUnreachable
from closedloop.adapters.page_judge import Page
from tests.unit.adapters.rigs import LateHandler, closed_port, counting_connections, hanging_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer


@pytest.fixture
def pages() -> Iterator[PageFetcher]:
    fetcher = PageFetcher(PageLimits(most_bytes=1000))
    yield fetcher
    fetcher.close()


def redirect(httpserver: HTTPServer, path: str, location: str) -> None:
    httpserver.expect_request(path).respond_with_data("", status=302, headers={"Location": location})


def test_a_redirect_on_the_same_host_is_followed(httpserver: HTTPServer, pages: PageFetcher):
    redirect(httpserver, "/a", "/b")
    httpserver.expect_request("/b").respond_with_data("hello", content_type="text/html; charset=utf-8")
    page = pages.fetch(httpserver.url_for("/a"), timeout_s=5)
    assert page == Page(status=200, content_type="text/html", text="hello")


@pytest.mark.parametrize("location", ["http://example.org/", "//example.org/b", "ftp://localhost/"])
def test_a_redirect_to_another_host_is_refused(httpserver: HTTPServer, pages: PageFetcher, location: str):
    redirect(httpserver, "/a", location)
    with pytest.raises(PageUnreachable, match="another host"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=5)


def test_a_redirect_to_another_port_is_refused(httpserver: HTTPServer, pages: PageFetcher):
    redirect(httpserver, "/a", closed_port().replace("127.0.0.1", "localhost"))
    with pytest.raises(PageUnreachable, match="another host"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=5)


def test_redirects_in_circles_end(httpserver: HTTPServer, pages: PageFetcher):
    redirect(httpserver, "/a", "/a")
    with pytest.raises(PageUnreachable, match="circles"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=5)


def test_a_body_beyond_the_limit_is_refused(httpserver: HTTPServer, pages: PageFetcher):
    httpserver.expect_request("/a").respond_with_data("x" * 1001)
    with pytest.raises(PageUnreachable, match="larger than 1000"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=5)


def test_a_silent_server_is_given_up_in_time(httpserver: HTTPServer, pages: PageFetcher):
    late = LateHandler()
    httpserver.expect_request("/a").respond_with_handler(late)
    with pytest.raises(PageUnreachable, match=r"within 0\.2 s"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=0.2)
    late.release.set()


def test_a_dripping_server_is_given_up_in_time(httpserver: HTTPServer, pages: PageFetcher):
    stop = threading.Event()

    def drip() -> Iterator[bytes]:
        while not stop.wait(0.05):
            yield b"x"

    httpserver.expect_request("/a").respond_with_handler(lambda _: Response(drip()))
    with pytest.raises(PageUnreachable, match=r"within 0\.3 s"):
        pages.fetch(httpserver.url_for("/a"), timeout_s=0.3)
    stop.set()


@pytest.mark.parametrize("url", ["not a url", "http://", "http://[::1", "gopher://x/"])
def test_an_address_that_is_none_is_unreachable(pages: PageFetcher, url: str):
    with pytest.raises(PageUnreachable):
        pages.fetch(url, timeout_s=1)


def test_a_server_that_hangs_up_is_unreachable(pages: PageFetcher):
    with hanging_up() as url, pytest.raises(PageUnreachable):
        pages.fetch(url, timeout_s=1)


def test_an_unknown_charset_is_read_as_utf8(httpserver: HTTPServer, pages: PageFetcher):
    httpserver.expect_request("/a").respond_with_data("Grüße", content_type="text/html; charset=klingon")
    assert pages.fetch(httpserver.url_for("/a"), timeout_s=5).text == "Grüße"


def test_a_connection_serves_many_fetches(pages: PageFetcher):
    with counting_connections() as (url, connections):
        for _ in range(3):
            assert pages.fetch(url, timeout_s=5).text == "ok"
    assert len(connections) == 1
