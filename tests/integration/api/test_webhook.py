from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import uuid

import pytest

from closedloop.ports.courier import Hint
from tasks_app.models import InboxDelivery, Lane, PullRequest, Task
from tasks_app.pipeline.states import PullState
from tests.integration.api.asking import assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

SHA = "a1" * 20
REPOSITORY = {"repository": {"full_name": "acme/handbook"}}
WAKE = Hint(jobs=("rollback.wake",), row_id="-")
PAYLOADS = [
    ("check_run", {"action": "completed", "check_run": {"head_sha": SHA}}),
    ("check_suite", {"action": "completed", "check_suite": {"head_sha": SHA}}),
    ("workflow_run", {"action": "completed", "workflow_run": {"head_sha": SHA}}),
    ("workflow_job", {"action": "completed", "workflow_job": {"head_sha": SHA}}),
    ("status", {"sha": SHA, "state": "success"}),
    ("pull_request", {"pull_request": {"number": 7}, "repository": {"full_name": "Acme/Handbook"}}),
    ("issue_comment", {"action": "created", "issue": {"number": 7}, **REPOSITORY}),
]
STRANGE: list[object] = [
    None, [], "text", 7, {}, {"check_run": None}, {"check_run": []}, {"check_run": {"head_sha": 7}},
    {"check_run": {"head_sha": "x" * 40}}, {"check_run": {"head_sha": "\0" * 40}},
    {"action": ["a"], "check_run": "text"}, {"action": "\ud800"}, {"pull_request": {"number": -1}},
    {"pull_request": {"number": True}}, {"pull_request": {"number": 2**70}},
    {"repository": {"full_name": "x/" + "y" * 500}}, {"repository": "acme/handbook"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _secrets(settings):
    settings.GITHUB_WEBHOOK_SECRET = "new secret"
    settings.GITHUB_WEBHOOK_SECRET_OLD = "old secret"


@pytest.fixture
def pull(clock) -> PullRequest:
    lane = Lane.objects.create(repo="acme/handbook", base_branch="main", path="docs/FAQ.md")
    found = PullRequest.objects.create(
        lane=lane, state=PullState.AWAITING_CI, head_branch="b", number=7, head_sha=SHA,
        created_at=clock.now, entered_at=clock.now, next_look_at=clock.now,
    )  # fmt: skip
    clock.advance(minutes=-1)
    return found


@pytest.fixture
def merged(clock) -> Task:
    """A task whose merge has to become live."""
    task_id = uuid.uuid4()
    return Task.objects.create(
        task_id=task_id, trace_id=task_id, question="Why?", fingerprint="f", state="deploying",
        status="running", created_at=clock.now, entered_at=clock.now,
    )  # fmt: skip


def deliver(client, event: str, body: bytes, *, secret: str = "new secret", **headers: str):
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    sent = {"X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()), "X-Hub-Signature-256": signature}
    return client.generic(
        "POST", "/webhooks/github", body, content_type="application/json", headers=sent | headers
    )


def tell(client, event: str, payload: object, **headers: str):
    return deliver(client, event, json.dumps(payload).encode(), **headers)


@pytest.mark.parametrize("told", PAYLOADS)
def test_an_event_about_our_pull_request_wakes_it(client, pull, clock, courier, told):
    assert tell(client, *told).status_code == 202
    pull.refresh_from_db()
    assert (pull.woken_at, pull.next_look_at) == (clock.now, clock.now)
    assert courier.sent == [Hint(jobs=("tasks.look_at_ci", "tasks.merge"), row_id=str(pull.pk))]


def test_a_pull_request_that_is_over_is_left_alone(client, pull, courier):
    PullRequest.objects.update(state=PullState.MERGED)
    tell(client, *PAYLOADS[0])
    pull.refresh_from_db()
    assert pull.woken_at is None
    assert courier.sent == []


@pytest.mark.parametrize(("action", "is_asked"), [("closed", True), ("labeled", False)])
def test_the_end_of_what_was_left_to_people_is_asked_about(client, pull, courier, action, is_asked):
    PullRequest.objects.update(state=PullState.ABANDONED)
    named = {"number": 7}
    tell(
        client,
        "pull_request",
        {"action": action, "pull_request": named, "repository": {"full_name": "acme/handbook"}},
    )
    assert [hint.jobs for hint in courier.sent] == [("tasks.look_after",)] * is_asked


@pytest.mark.parametrize("action", ["created", "requested", "in_progress"])
def test_a_check_that_goes_on_wakes_nobody(client, pull, courier, action):
    tell(client, "check_run", {"action": action, "check_run": {"head_sha": SHA}})
    pull.refresh_from_db()
    assert (pull.woken_at, courier.sent) == (None, [])


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("push", {"ref": "refs/heads/main", "after": SHA}),
        ("deployment_status", {"deployment": {"sha": SHA}}),
        ("check_run", {"action": "completed", "check_run": {"head_sha": "b2" * 20}}),
    ],
)
@pytest.mark.usefixtures("merged")
def test_what_is_not_about_a_pull_request_wakes_the_releases(client, courier, event, payload):
    assert tell(client, event, payload).status_code == 202
    assert courier.sent == [WAKE]


@pytest.mark.usefixtures("merged")
@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("issue_comment", {"action": "edited", "issue": {"number": 7}, **REPOSITORY}),
        ("issue_comment", {"action": "created", "issue": {"number": 8}, **REPOSITORY}),
        ("issue_comment", {"action": "created", "issue": {"number": 7}}),
        ("pull_request", {"pull_request": {"number": 7}, "repository": {"full_name": "acme/other"}}),
    ],
)
def test_remarks_and_numbers_that_are_not_ours_wake_nobody(client, pull, courier, event, payload):
    assert tell(client, event, payload).status_code == 202
    pull.refresh_from_db()
    assert (pull.woken_at, courier.sent) == (None, [])


@pytest.mark.parametrize("event", ["ping", "star", "projects_v2_item", "an_event_of_next_year"])
def test_other_events_are_kept_and_ignored(client, courier, event):
    assert tell(client, event, {"zen": "Keep it logically awesome."}).status_code == 202
    assert InboxDelivery.objects.get().event == event
    assert courier.sent == []


@pytest.mark.usefixtures("merged")
def test_a_delivery_counts_once(client, courier):
    again = {"X-GitHub-Delivery": "11111111-2222"}
    answers = [tell(client, "push", {"after": SHA}, **again) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json()["known_before"] for answer in answers] == [False, True]
    assert (InboxDelivery.objects.count(), courier.sent) == (1, [WAKE])


def test_only_identifiers_of_a_payload_are_kept(client, clock):
    payload = {"action": "completed", "check_run": {"head_sha": SHA, "output": {"text": "a\0b <script>"}}}
    tell(client, "check_run", payload)
    kept = InboxDelivery.objects.get()
    assert (kept.action, kept.received_at, kept.processed_at) == ("completed", clock.now, clock.now)
    assert kept.payload == {"repo": "", "head_shas": [SHA], "number": None}


@pytest.mark.parametrize("payload", STRANGE)
@pytest.mark.parametrize("event", ["check_run", "pull_request", "push"])
def test_payloads_of_any_shape_are_taken(client, event, payload):
    assert tell(client, event, payload).status_code == 202


def test_both_secrets_are_taken_while_one_replaces_the_other(client):
    assert tell(client, "ping", {}, secret="old secret").status_code == 202


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "ключ", "\xff"])
def test_without_the_right_signature_nothing_is_stored(client, signature):
    answer = tell(client, "ping", {}, **{"X-Hub-Signature-256": signature})
    assert_problem(answer, 401, "bad_signature")
    assert InboxDelivery.objects.count() == 0


def test_the_signature_is_over_the_very_bytes(client):
    body = b'{"a":  1}'
    signature = "sha256=" + hmac.new(b"new secret", b'{"a": 1}', hashlib.sha256).hexdigest()
    assert_problem(deliver(client, "ping", body, **{"X-Hub-Signature-256": signature}), 401, "bad_signature")


def test_without_a_secret_the_setting_is_named(client, settings):
    settings.GITHUB_WEBHOOK_SECRET = settings.GITHUB_WEBHOOK_SECRET_OLD = ""
    problem = assert_problem(tell(client, "ping", {}), 503, "webhook_not_configured")
    assert "GITHUB_WEBHOOK_SECRET" in problem["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_a_signed_body_that_is_not_json_is_refused(client, body):
    assert_problem(deliver(client, "ping", body), 400, "malformed")


@pytest.mark.parametrize("headers", [{"X-GitHub-Delivery": ""}, {"X-GitHub-Event": "No Event"}])
def test_a_delivery_without_a_name_is_refused(client, headers):
    assert_problem(tell(client, "ping", {}, **headers), 400, "bad_headers")


def test_a_compressed_body_is_refused_by_name(client):
    body = gzip.compress(b"{}")
    answer = deliver(client, "ping", body, **{"Content-Encoding": "gzip"})
    assert_problem(answer, 415, "unsupported_encoding")


def test_a_form_is_refused_with_what_to_set(client):
    answer = tell(client, "ping", {}, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert "application/json" in assert_problem(answer, 415, "unsupported_media_type")["detail"]
