"""What every Notifier promises."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.apprise_notifier import AppriseConfig, AppriseNotifier
from closedloop.adapters.console_notifier import ConsoleNotifier
from closedloop.ports.notifier import Message, Notifier, Severity
from tests.fakes import FakeNotifier

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

# Apprise asks whether the standard library still has `imghdr`, which warns until it is gone (3.13).
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message(title="Rolled back", body="The answer „Grüße“ is gone.", severity=Severity.CRITICAL)
Stage = tuple[Notifier, Callable[[], str]]


@pytest.fixture(params=["fake", "console", "apprise"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A notifier, and where people read what it sent."""
    if request.param == "fake":
        fake = FakeNotifier()
        return fake, lambda: str(fake.messages)
    if request.param == "console":
        log: pytest.LogCaptureFixture = request.getfixturevalue("caplog")
        log.set_level(logging.INFO)
        return ConsoleNotifier(), lambda: log.text
    server: HTTPServer = request.getfixturevalue("httpserver")
    server.expect_request("/hook", method="POST").respond_with_data("ok")
    url = f"json://127.0.0.1:{server.port}/hook"
    real = AppriseNotifier(AppriseConfig(urls=(url,)))
    return real, lambda: str([request.get_json() for request, _ in server.log])


@pytest.mark.parametrize("severity", list(Severity))
def test_title_and_body_reach_people(stage: Stage, severity: Severity):
    notifier, read = stage
    notifier.notify(Message(title=MESSAGE.title, body=MESSAGE.body, severity=severity))
    assert (MESSAGE.title in read(), MESSAGE.body in read()) == (True, True)
