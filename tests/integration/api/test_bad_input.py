from __future__ import annotations

import json

import pytest

from tasks_app.models import IdempotencyKey, QuestionKey, Task, TaskEvent
from tests.integration.api.asking import ask, ask_raw, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

FIELDS = [
    ({"question": ""}, "question_empty"),
    ({"question": " \t\n"}, "question_empty"),
    ({"question": "\u200b\u2060\ufeff"}, "question_empty"),
    ({"question": "x" * 2001}, "question_too_long"),
    ({"question": "x" * 100_000}, "question_too_long"),
    ({"question": "a\0b"}, "question_nul"),
    ({"question": "a\ud800b"}, "question_surrogate"),
    ({"question": 7}, "wrong_type"),
    ({"question": None}, "wrong_type"),
    ({"question": ["why?"]}, "wrong_type"),
    ({"question": {"text": "why?"}}, "wrong_type"),
    ({"question": True}, "wrong_type"),
    ({}, "missing_field"),
    ({"Question": "why?"}, "unknown_field"),
    ({"question": "why?", "priority": "P0"}, "unknown_field"),
    ([], "not_an_object"),
    ("why?", "not_an_object"),
    (None, "not_an_object"),
]
BODIES = [
    (b"", 400),
    (b"{", 400),
    (b'{"question": "why?"', 400),
    (b"question=why", 400),
    (b'{"question": NaN}', 400),
    (b'{"question": "\xff\xfe"}', 400),
    (b'\xef\xbb\xbf{"question": "why?"}', 400),
    (b"[" * 200_000, 400),
    (b"9" * 10_000, 400),
    (b'{"question": "' + b"x" * 10_000_000 + b'"}', 413),
]
TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data; boundary=x",
]


@pytest.fixture(autouse=True)
def _nothing_is_stored():
    yield
    rows = [model.objects.count() for model in (Task, TaskEvent, QuestionKey, IdempotencyKey)]
    assert rows == [0, 0, 0, 0]


@pytest.mark.parametrize(("body", "code"), FIELDS)
def test_fields_that_cannot_be_a_question_are_named(client, body, code):
    assert_problem(ask_raw(client, json.dumps(body).encode()), 400, code)


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_bodies_that_are_not_json_are_refused(client, body, status):
    answer = ask_raw(client, body)
    assert answer.status_code == status
    assert_problem(answer, status, answer.json()["code"])


@pytest.mark.parametrize("content_type", TYPES)
def test_other_content_types_are_refused(client, content_type):
    assert_problem(ask_raw(client, b'{"question": "why?"}', content_type), 415, "unsupported_media_type")


def test_a_body_without_a_content_type_is_refused(client):
    assert_problem(ask_raw(client, b'{"question": "why?"}', ""), 415, "unsupported_media_type")


def test_a_body_in_chunks_is_asked_for_its_length(client):
    answer = client.generic(
        "POST",
        "/api/agent/faq",
        b"",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
    )
    assert_problem(answer, 411, "length_required")


@pytest.mark.parametrize("key", ["with space", "ключ", "x" * 256, "tab\there"])
def test_an_idempotency_key_of_another_shape_is_refused(client, key):
    assert_problem(ask(client, **{"Idempotency-Key": key}), 400, "idempotency_key_invalid")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client, method):
    answer = getattr(client, method)("/api/agent/faq")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/api/agent/tasks/7", "/api/agent/tasks/not-a-uuid", "/api/agent/tasks/%00", "/api/nothing"]
)
def test_malformed_ids_and_unknown_addresses_are_not_found(client, path):
    assert_problem(client.get(path), 404, "not_found")
