"""A PostgreSQL that answers and takes no writes: after a fail-over, or by an operator's switch."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from django.test import Client

from tasks_app.models import Task
from tasks_app.services.replay import replay
from tests.integration.api.asking import ask
from tests.integration.stores.conftest import Outage

SECRET = "a-secret-of-the-hook"


@pytest.fixture
def read_only(postgresql, world):
    found = Outage(*postgresql.troubles["read-only"])
    ask(Client(), "Was anything here before?")
    found.begin()
    yield found
    found.end()


def test_a_question_is_kept_and_becomes_a_task_later(read_only, world):
    answer = ask(Client(raise_request_exception=False))
    assert (answer.status_code, answer.json().get("stored")) == (202, "spool"), answer.content
    read_only.end()
    assert replay(world) == 1
    assert Task.objects.get(pk=answer.json()["task_id"]).state == "queued"


def test_a_delivery_is_refused_so_that_it_is_sent_again(read_only, settings):
    settings.GITHUB_WEBHOOK_SECRET = SECRET
    body = json.dumps({"action": "completed", "check_run": {"head_sha": "a" * 40}})
    signature = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Event": "check_run"}
    answer = Client(raise_request_exception=False).post(
        "/webhooks/github",
        body,
        content_type="application/json",
        headers={**headers, "X-GitHub-Delivery": "d-1"},
    )
    assert answer.status_code == 503, answer.content
