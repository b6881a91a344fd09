from __future__ import annotations

import gzip
import json
import smtplib
import zlib
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import apprise
import brotli  # type: ignore[import-untyped]  # it ships no stubs
import pytest
import sentry_sdk

from tests.contracts.sandbox_world.driver import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.sandbox_world.driver import Sandbox


def test_slacks_webhook_takes_text_and_refuses_none(world: Sandbox):
    assert world.http.post("/services/T1/B1/oncall", json={"text": "Wake up ü"}).text == "ok"
    refused = world.http.post("/sinks/slack/oncall", json={})
    assert (refused.status_code, refused.text) == (400, "no_text")
    kept = world.http.get("/_sandbox/messages?kind=slack").json()[-1]
    assert (kept["name"], kept["text"]) == ("oncall", "Wake up ü")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise imports it
@pytest.mark.parametrize("schema", ["json", "form"])
def test_apprise_reaches_the_sink_over_loopback(world: Sandbox, schema: str):
    address = urlsplit(world.base_url).netloc
    sender = apprise.Apprise()
    assert sender.add(f"{schema}://{address}/sinks/slack/{schema}")
    assert sender.notify(title="Rolled back", body="Health was broken.")
    kept = world.http.get("/_sandbox/messages").json()[-1]
    assert kept["name"] == schema
    assert kept["text"] == "Rolled back\nHealth was broken."


def envelope(release: str) -> bytes:
    event = {
        "event_id": "a" * 32,
        "release": release,
        "level": "error",
        "message": "It broke ü",
        "tags": {"k": "v"},
    }
    body = json.dumps(event).encode()
    return b'{"event_id":"%s"}\n{"type":"event","length":%d}\n%s\n' % (b"a" * 32, len(body), body)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)],
)
def test_envelopes_are_unpacked(world: Sandbox, encoding: str, pack: Callable[[bytes], bytes]):
    release = f"closedloop@{encoding or 'plain'}"
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = world.http.post("/api/7/envelope/", content=pack(envelope(release)), headers=headers)
    assert answer.json() == {"id": "a" * 32}
    [issue] = world.http.get(
        "/api/0/projects/acme/app/issues/", params={"query": f"release:{release}"}
    ).json()
    assert (issue["title"], issue["count"]) == ("It broke ü", "1")


def test_a_body_that_is_no_envelope_is_refused(world: Sandbox):
    assert world.http.post("/api/7/envelope/", content=b"nonsense").status_code == 400
    assert (
        world.http.post("/api/7/envelope/", content=b"x", headers={"Content-Encoding": "gzip"}).status_code
        == 400
    )


def test_sentrys_own_sdk_reports_an_error_and_a_check_in(world: Sandbox):
    dsn = f"http://key@{urlsplit(world.base_url).netloc}/42"
    client = sentry_sdk.Client(dsn=dsn, release="closedloop@sdk", default_integrations=False)
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        scope.set_tag("task_id", "t-1")
        scope.capture_exception(ValueError("from the SDK"))
        sentry_sdk.crons.capture_checkin(monitor_slug="sweep", status="ok")
        client.close(timeout=5)
    look = {"query": 'release:"closedloop@sdk" task_id:t-1'}
    [issue] = eventually(lambda: world.http.get("/api/0/projects/acme/app/issues/", params=look).json())
    assert issue["title"] == "ValueError: from the SDK"
    [check_in] = world.http.get("/_sandbox/sentry?type=check_in").json()
    assert check_in["payload"]["monitor_slug"] == "sweep"


def test_events_of_other_releases_are_not_listed(world: Sandbox):
    world.http.post("/api/7/envelope/", content=envelope("closedloop@other"))
    issues = world.http.get("/api/0/projects/acme/app/issues/", params={"query": "release:closedloop@none"})
    assert issues.json() == []
    assert world.http.get("/api/0/projects/a/b/issues/", headers={"Authorization": ""}).status_code == 401


def test_mail_is_taken_by_smtp(world: Sandbox):
    smtp = world.http.get("/_sandbox/mail").json()["smtp"]
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "Rückfall"
    message.set_content("Die Gesundheit war gebrochen.")
    with smtplib.SMTP(smtp["host"], smtp["port"]) as server:
        server.send_message(message)
    kept = world.http.get("/_sandbox/mail").json()["mail"][-1]
    assert (kept["from"], kept["to"], kept["subject"]) == ("a@x.example", ["b@x.example"], "Rückfall")
    assert kept["text"].strip() == "Die Gesundheit war gebrochen."
