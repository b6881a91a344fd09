"""The commit that a health address names, whatever the field is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.health_version import HealthVersionConfig, HealthVersionWatcher
from closedloop.ports.errors import BadReply, PortError, Unavailable

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

SHA = "0123456789abcdef0123456789abcdef01234567"


def version(httpserver: HTTPServer, field: str = "") -> str:
    watcher = HealthVersionWatcher(HealthVersionConfig(url=httpserver.url_for("/healthz"), field=field))
    try:
        return watcher.live_version().version
    finally:
        watcher.close()


@pytest.mark.parametrize(
    ("body", "field", "found"),
    [
        ({"version": SHA}, "", SHA),
        ({"commit": SHA[:7].upper()}, "", SHA[:7]),
        ({"version": "1.2.3", "git_sha": SHA}, "", SHA),
        ({"release": f"closedloop@{SHA[:12]}"}, "", SHA[:12]),
        ({"version": SHA, "build": {"id": "fedcba9"}}, "build.id", "fedcba9"),
        ({"version": SHA, "build": None}, "build.id", SHA),
    ],
)
def test_the_commit_is_found(httpserver: HTTPServer, body: dict[str, Any], field: str, found: str):
    httpserver.expect_request("/healthz").respond_with_json(body)
    assert version(httpserver, field) == found


def test_an_unhealthy_answer_still_tells_what_is_live(httpserver: HTTPServer):
    httpserver.expect_request("/healthz").respond_with_json({"status": "bad", "version": SHA}, status=503)
    assert version(httpserver) == SHA


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ('{"version": "unknown"}', 200, BadReply),
        ('{"version": 7}', 200, BadReply),
        ('{"version": "abcdef"}', 200, BadReply),
        ("<html>", 200, BadReply),
        ("gone", 404, BadReply),
        ("bad gateway", 502, Unavailable),
    ],
)
def test_an_answer_without_a_commit_is_an_error(
    httpserver: HTTPServer, body: str, status: int, kind: type[PortError]
):
    httpserver.expect_request("/healthz").respond_with_data(body, status=status)
    with pytest.raises(kind):
        version(httpserver)
