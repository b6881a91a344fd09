"""What every ChatModel promises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.openai_chat import OpenAIChatModel, OpenAIConfig
from closedloop.ports.llm import ChatModel, ChatRequest
from tests.fakes import FakeModel

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
QUESTION = {"role": "user", "content": "How do I reset my password? 你好"}
NAME = "gpt-4o-mini"


@pytest.fixture(params=["fake", "openai"])
def model(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    if request.param == "fake":
        yield FakeModel(json.dumps({"answer": "Ask."}), name=NAME)
        return
    url = f"{request.getfixturevalue('sandbox').base_url}/v1"
    real = OpenAIChatModel(OpenAIConfig(model=NAME, api_key="sk-test", base_url=url))
    yield real
    real.close()


def asked() -> ChatRequest:
    return ChatRequest(messages=[QUESTION], schema=SCHEMA, max_tokens=150, temperature=0.0, trace_id="t-1")


def test_an_answer_follows_the_schema(model: ChatModel):
    assert isinstance(json.loads(model.complete(asked()).content)["answer"], str)


def test_an_answer_names_its_model_and_its_cost(model: ChatModel):
    reply = model.complete(asked())
    facts = reply.model, reply.finish_reason, reply.prompt_tokens > 0, reply.completion_tokens > 0
    assert facts == (NAME, "stop", True, True)


def test_a_ping_names_the_model(model: ChatModel):
    assert model.ping() == NAME
