"""What goes out to people, and what does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.apprise_notifier import AppriseConfig, AppriseNotifier
from closedloop.adapters.console_notifier import ConsoleNotifier
from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.notifier import Message, PartlyDelivered, Severity
from tests.unit.adapters.rigs import LateHandler, closed_port, hanging_up

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    good, bad = channel(httpserver), channel(httpserver, "/bad", 404)
    with pytest.raises(PartlyDelivered) as caught:
        notify(good, bad)
    assert (caught.value.detail, len(httpserver.log)) == ("not delivered to JSON", 2)


def test_what_one_channel_did_not_take_is_sent_again_to_that_one_alone(httpserver: HTTPServer):
    good, bad = channel(httpserver), channel(httpserver, "/bad", 404)
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


def test_what_may_have_arrived_is_not_sent_again_for_the_sake_of_another_channel(httpserver: HTTPServer):
    unsure, bad = channel(httpserver, "/slow", 502), channel(httpserver, "/bad", 404)
    message = Message(title="title", body="body", severity=Severity.CRITICAL)
    notifier = AppriseNotifier(AppriseConfig(urls=(unsure, bad)))
    with pytest.raises(PartlyDelivered) as first:
        notifier.notify(message)
    with pytest.raises(PartlyDelivered):
        notifier.notify(message, served=first.value.served)
    assert sorted(request.path for request, _ in httpserver.log) == ["/bad", "/bad", "/slow"]


@pytest.mark.parametrize(
    "url", [closed_port(), "http://nowhere.invalid"], ids=["nobody listens", "no such name"]
)
def test_a_channel_out_of_reach_is_unavailable(url: str):
    with pytest.raises(Unavailable):
        notify(url.replace("http://", "json://"))


@pytest.mark.parametrize("status", [401, 404, 429])
def test_a_channel_that_refuses_is_unavailable(httpserver: HTTPServer, status: int):
    with pytest.raises(Unavailable):
        notify(channel(httpserver, status=status))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_answer_that_a_gateway_lost_leaves_it_open_whether_the_message_arrived(
    httpserver: HTTPServer, status: int
):
    with pytest.raises(Unknown):
        notify(channel(httpserver, status=status))


def test_a_channel_that_hangs_up_may_have_the_message():
    with hanging_up() as url, pytest.raises(Unknown):
        notify(url.replace("http://", "json://"))


def test_a_channel_that_answers_too_late_may_have_the_message(httpserver: HTTPServer):
    late = LateHandler()
    httpserver.expect_request("/hook").respond_with_handler(late)
    with pytest.raises(Unknown):
        notify(f"json://127.0.0.1:{httpserver.port}/hook?rto=0.2")
    late.release.set()


def test_one_message_is_sent_once_whatever_the_address_asks_for(httpserver: HTTPServer):
    with pytest.raises(Unknown):
        notify(f"{channel(httpserver, '/once', status=502)}?retry=3&wait=0")
    # The server is everybody's: what an earlier test gave up may arrive only now.
    assert [request.path for request, _ in httpserver.log if request.path == "/once"] == ["/once"]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the process logs, however much it is asked to."""
    lines: list[str] = []
    caplog.set_level(logging.DEBUG)
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


def test_the_log_tells_of_a_failure_but_not_of_the_request(httpserver: HTTPServer, logged: list[str]):
    with pytest.raises(Unavailable):
        notify(channel(httpserver, status=404), body="secret")
    assert [line for line in logged if "error=404" in line] == [
        "Failed to send JSON POST notification: Page not found., error=404."
    ]
    assert not [line for line in logged if "secret" in line or "JSON POST URL" in line]


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
