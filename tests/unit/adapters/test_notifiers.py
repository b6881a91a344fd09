"""What goes out to people, and what does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.apprise_notifier import AppriseConfig, AppriseNotifier
from closedloop.adapters.console_notifier import ConsoleNotifier
from closedloop.ports.errors import Unavailable
from closedloop.ports.notifier import Message, PartlyDelivered, Severity
from tests.unit.adapters.rigs import closed_port

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

# Apprise asks whether the standard library still has `imghdr`, which warns until it is gone (3.13).
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def channel(httpserver: HTTPServer, path: str = "/hook", status: int = 200) -> str:
    httpserver.expect_request(path, method="POST").respond_with_data("", status=status)
    return f"json://user:hunter2@127.0.0.1:{httpserver.port}{path}"


def notify(*urls: str, body: str = "body", severity: Severity = Severity.INFO) -> None:
    message = Message(title="title", body=body, severity=severity)
    AppriseNotifier(AppriseConfig(urls=urls)).notify(message)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("@all look", "@\u200ball look"),
        ("<!channel> and <@U123>", "<\u200b!\u200bchannel> and <\u200b@\u200bU123>"),
        ("x@everyone", "x@\u200beveryone"),
        ("mail ann@example.org, see https://forge/@ann!", "mail ann@example.org, see https://forge/@ann!"),
        ("Done! Really", "Done! Really"),
    ],
)
def test_quoted_text_calls_nobody(httpserver: HTTPServer, text: str, sent: str):
    notify(channel(httpserver), body=text)
    assert httpserver.log[0][0].get_json()["message"] == sent


@pytest.mark.parametrize(
    ("severity", "kind"), [("info", "info"), ("warning", "warning"), ("critical", "failure")]
)
def test_a_severity_is_carried(httpserver: HTTPServer, severity: str, kind: str):
    notify(channel(httpserver), severity=Severity(severity))
    assert httpserver.log[0][0].get_json()["type"] == kind


def test_one_failing_channel_is_told_and_the_others_are_served(httpserver: HTTPServer):
    good, bad = channel(httpserver), channel(httpserver, "/bad", 500)
    with pytest.raises(Unavailable) as caught:
        notify(good, bad)
    assert (caught.value.detail, len(httpserver.log)) == ("not delivered to JSON", 2)


def test_what_one_channel_did_not_take_is_sent_again_to_that_one_alone(httpserver: HTTPServer):
    good, bad = channel(httpserver), channel(httpserver, "/bad", 500)
    message = Message(title="title", body="body", severity=Severity.CRITICAL)
    notifier = AppriseNotifier(AppriseConfig(urls=(good, bad)))
    with pytest.raises(PartlyDelivered) as first:
        notifier.notify(message)
    with pytest.raises(PartlyDelivered) as again:
        notifier.notify(message, served=first.value.served)
    assert again.value.served == first.value.served
    assert sorted(request.path for request, _ in httpserver.log) == ["/bad", "/bad", "/hook"]
    AppriseNotifier(AppriseConfig(urls=(good,))).notify(message, served=first.value.served)
    assert len(httpserver.log) == 3


def test_a_channel_out_of_reach_is_unavailable():
    with pytest.raises(Unavailable):
        notify(closed_port().replace("http://", "json://"))


def test_an_address_that_is_none_is_named_by_its_place(httpserver: HTTPServer):
    with pytest.raises(Unavailable, match="channel 2 is not an address"):
        notify(channel(httpserver), "nonsense://hunter2")


def test_no_address_shows_in_configuration_or_errors():
    url = closed_port().replace("http://", "json://user:hunter2@")
    with pytest.raises(Unavailable) as caught:
        notify(url)
    assert "hunter2" not in repr(AppriseConfig(urls=(url,))) + caught.value.detail


def test_the_console_says_that_nobody_was_told(caplog: pytest.LogCaptureFixture):
    message = Message(title="title", body="body", severity=Severity.CRITICAL)
    ConsoleNotifier().notify(message)
    expected = "no notification channel is configured, so only this log says: title: body"
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.CRITICAL, expected)
    ]
