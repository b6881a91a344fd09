"""How the model vendor's failures reach the pipeline, with the SDK's real client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.openai_chat import OpenAIChatModel, OpenAIConfig
from closedloop.ports.errors import (
    BadReply,
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from closedloop.ports.llm import ChatReply, ChatRequest
from tests.unit.adapters.rigs import LateHandler, closed_port, hanging_up

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

KEY = "sk-secret-key"
CHAT = "/v1/chat/completions"
REQUEST = ChatRequest(
    messages=[{"role": "user", "content": "Why?"}],
    schema={"type": "object"},
    max_tokens=9,
    temperature=0.2,
    trace_id="t-1",
)


def model(url: str, *, timeout_s: float = 5.0) -> OpenAIChatModel:
    return OpenAIChatModel(OpenAIConfig(model="m", api_key=KEY, base_url=f"{url}/v1", timeout_s=timeout_s))


def complete(url: str, *, timeout_s: float = 5.0) -> ChatReply:
    made = model(url, timeout_s=timeout_s)
    try:
        return made.complete(REQUEST)
    finally:
        made.close()


def completion(reason: str = "stop", **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "{}", **message}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [{"index": 0, "finish_reason": reason, "message": said}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }  # fmt: skip


def test_a_request_says_all_that_was_ordered(httpserver: HTTPServer):
    httpserver.expect_request(CHAT).respond_with_json(completion())
    reply = complete(httpserver.url_for(""))
    (request, _) = httpserver.log[0]
    assert request.get_json() == {
        "model": "m", "messages": [{"role": "user", "content": "Why?"}], "temperature": 0.2, "max_tokens": 9,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
    }  # fmt: skip
    assert request.headers["X-Client-Request-Id"] == "t-1"
    assert reply == ChatReply(
        content="{}", model="m-1", finish_reason="stop", prompt_tokens=5, completion_tokens=2
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_request_error", Refused),
        (401, "invalid_api_key", Unauthorized),
        (403, "unsupported_country", Forbidden),
        (404, "model_not_found", NotFound),
        (422, "invalid", Refused),
        (429, "rate_limit_exceeded", RateLimited),
        (429, "insufficient_quota", Forbidden),
        (500, "server_error", Unavailable),
        (503, "overloaded", Unavailable),
    ],
)
def test_an_error_is_named_by_status_and_code(
    httpserver: HTTPServer, status: int, code: str, kind: type[PortError]
):
    error = {"message": f"no, {KEY} may not", "type": code, "code": code}
    httpserver.expect_request(CHAT).respond_with_json({"error": error}, status=status)
    with pytest.raises(PortError) as caught:
        complete(httpserver.url_for(""))
    facts = type(caught.value), KEY in caught.value.detail, caught.value.__cause__, len(httpserver.log)
    assert facts == (kind, False, None, 1)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "20"}, 20), ({}, 1), ({"Retry-After": "9" * 20}, 24 * 60 * 60)]
)
def test_a_rate_limit_says_how_long(httpserver: HTTPServer, headers: dict[str, str], seconds: int):
    httpserver.expect_request(CHAT).respond_with_json({"error": {}}, status=429, headers=headers)
    before = datetime.now(UTC)
    with pytest.raises(RateLimited) as caught:
        complete(httpserver.url_for(""))
    assert caught.value.retry_at is not None
    assert timedelta(0) <= caught.value.retry_at - before - timedelta(seconds=seconds) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>login</html>", "text/html"),
        ('{"id": "c", "cho', "application/json"),
        ('{"choices": []}', "application/json"),
        ('{"choices": [{"message": {"content": null}}]}', "application/json"),
        ("[]", "application/json"),
    ],
)
def test_a_success_without_text_is_a_bad_reply(httpserver: HTTPServer, body: str, content_type: str):
    httpserver.expect_request(CHAT).respond_with_data(body, content_type=content_type)
    with pytest.raises(BadReply):
        complete(httpserver.url_for(""))


@pytest.mark.parametrize("body", [completion("content_filter"), completion(refusal="I cannot", content=None)])
def test_a_model_that_declines_refuses(httpserver: HTTPServer, body: dict[str, Any]):
    httpserver.expect_request(CHAT).respond_with_json(body)
    with pytest.raises(Refused):
        complete(httpserver.url_for(""))


@pytest.mark.parametrize(("reason", "told"), [("length", "length"), ("tool_calls", "other")])
def test_a_finish_reason_is_kept_or_called_other(httpserver: HTTPServer, reason: str, told: str):
    httpserver.expect_request(CHAT).respond_with_json(completion(reason))
    assert complete(httpserver.url_for("")).finish_reason == told


def test_a_silent_model_is_unavailable_in_time(httpserver: HTTPServer):
    late = LateHandler()
    httpserver.expect_request(CHAT).respond_with_handler(late)
    with pytest.raises(Unavailable, match="in time"):
        complete(httpserver.url_for(""), timeout_s=0.2)
    late.release.set()


def test_a_model_that_hangs_up_is_unavailable():
    with hanging_up() as url, pytest.raises(Unavailable):
        complete(url)


def test_a_model_out_of_reach_is_unavailable():
    with pytest.raises(Unavailable):
        complete(closed_port())


def test_a_model_that_is_not_offered_is_not_found(httpserver: HTTPServer):
    listed = {"object": "list", "data": [{"id": "other", "object": "model", "created": 1, "owned_by": "x"}]}
    httpserver.expect_request("/v1/models").respond_with_json(listed)
    made = model(httpserver.url_for(""))
    with pytest.raises(NotFound, match="does not offer the model m"):
        made.ping()
    made.close()


def test_a_configuration_does_not_show_its_key():
    assert KEY not in repr(OpenAIConfig(model="m", api_key=KEY))
