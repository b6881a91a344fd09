from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from closedloop.sentry import SCRUBBED, scrub, task_tags

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKENS = [
    "ghp_0123456789abcdefghij",
    "github_pat_11ABCDEFG0123456789_abc",
    "sk-proj-abcdefghijklmnop",
    "xoxb-123456789012-abc",
    "Bearer abc.def-123456",
    "token 0123456789abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0aaaa.c2ln",
]


@pytest.mark.parametrize("token", TOKENS)
def test_what_looks_like_a_credential_is_taken_out_of_any_text(token):
    found = scrub({"message": f"refused: {token} was sent", "list": [{"deep": (token,)}]})
    assert token not in str(found)
    assert found["message"].startswith("refused: ")


def test_values_of_secret_keys_are_taken_out_whatever_they_look_like():
    secret = {
        "Authorization": "x y",
        "api_key": "plain",
        "db_password": "p",
        "prompt_tokens": 12,
        "path": "/a",
    }
    assert scrub(secret) == {
        "Authorization": SCRUBBED, "api_key": SCRUBBED, "db_password": SCRUBBED, "prompt_tokens": 12,
        "path": "/a",
    }  # fmt: skip


def test_our_own_secrets_are_taken_out_wherever_they_stand(settings):
    settings.GITHUB_WEBHOOK_SECRET = "correct horse battery"
    assert scrub("said correct horse battery aloud") == f"said {SCRUBBED} aloud"
    settings.GITHUB_TOKENS = ["first one", "second one"]
    assert scrub("not the second one") == f"not the {SCRUBBED}"


def test_a_private_key_is_taken_out_whole_or_cut():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\nAbc\n-----END RSA PRIVATE KEY-----"
    assert scrub(f"cannot sign with {key}!") == f"cannot sign with {SCRUBBED}!"
    assert "MIIE" not in scrub(key[:45])


def test_a_password_in_an_address_is_taken_out():
    assert scrub("postgres://app:hunter2@db/x") == f"postgres://{SCRUBBED}@db/x"


def task(**columns):
    defaults = {
        "pk": UUID(int=7), "kind": "faq", "state": "done", "status": "done", "code": "",
        "pr_url": "https://forge.test/pull/7", "worker_instance": "io@a", "worker_version": "abc",
        "created_at": NOON, "merged_at": NOON + timedelta(seconds=2.5),
    }  # fmt: skip
    return SimpleNamespace(**{**defaults, **columns})


def test_a_task_carries_the_agreed_tags():
    trace_id = str(UUID(int=7))
    assert task_tags(task()) == {
        "task_id": trace_id, "trace_id": trace_id, "task_type": "faq_generation", "task_status": "done",
        "tte_ms": "2500", "success": "true", "pr_url": "https://forge.test/pull/7", "worker_instance": "io@a",
        "app_version": "abc",
    }  # fmt: skip


@pytest.mark.parametrize(("code", "word"), [("ci_timeout", "timeout"), ("ci_failed", "error")])
def test_a_task_that_ran_out_of_time_says_so(code, word):
    tags = task_tags(task(state="failed", status="error", code=code, merged_at=None))
    assert (tags["task_status"], tags["error_type"], tags["success"]) == (word, code, "false")
