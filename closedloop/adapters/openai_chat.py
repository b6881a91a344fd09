"""An OpenAI-compatible chat model by the vendor's SDK."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from closedloop.adapters.breaker import NullBreaker
from closedloop.adapters.openai_errors import model_call
from closedloop.ports.errors import BadReply, NotFound, Refused
from closedloop.ports.llm import ChatReply

if TYPE_CHECKING:
    from openai import OpenAI

    from closedloop.adapters.breaker import Breaker
    from closedloop.ports.llm import ChatRequest

_KNOWN_REASONS = {"stop", "length", "content_filter"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIConfig:
    """Which model, where, as whom."""

    #: Model name as the vendor knows it.
    model: str
    #: Never shown.
    api_key: str = field(repr=False)
    base_url: str = "https://api.openai.com/v1"
    #: Seconds to connect, and seconds without a byte of the answer.
    timeout_s: float = 10.0
    #: Newer models of OpenAI itself take only the second name; most compatible servers only the first.
    limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


class OpenAIChatModel:
    """ChatModel by HTTP. One client serves all threads; a forked child makes its own."""

    def __init__(self, config: OpenAIConfig, breaker: Breaker | NullBreaker | None = None) -> None:
        import openai  # noqa: F401, PLC0415 - 0.5 s and 55 MB, paid by workers alone, when they build this

        self._config = config
        self._breaker = breaker or NullBreaker()
        self._lock = threading.Lock()
        self._client: OpenAI | None = None
        self._process = 0

    def complete(self, request: ChatRequest) -> ChatReply:
        """See ChatModel."""
        limit: dict[str, Any] = {self._config.limit_name: request.max_tokens}
        with self._breaker.guard(), model_call(secret=self._config.api_key, now=datetime.now(UTC)):
            # https://platform.openai.com/docs/api-reference/chat/create
            completion = self._vendor().chat.completions.create(
                model=self._config.model,
                messages=[dict(message) for message in request.messages],  # type: ignore[misc]
                temperature=request.temperature,
                response_format=_json_schema(request),
                # https://platform.openai.com/docs/api-reference/debugging-requests
                extra_headers={"X-Client-Request-Id": request.trace_id},
                **limit,
            )
            return _reply(completion)

    def ping(self) -> str:
        """See ChatModel. Raises NotFound when the server does not offer the model."""
        with model_call(secret=self._config.api_key, now=datetime.now(UTC)):
            # https://platform.openai.com/docs/api-reference/models/list
            offered = {model.id for model in self._vendor().models.list()}
        if self._config.model not in offered:
            raise NotFound(f"the server does not offer the model {self._config.model}")
        return self._config.model

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _vendor(self) -> OpenAI:
        from openai import OpenAI  # noqa: PLC0415

        with self._lock:
            if self._client is None or self._process != os.getpid():
                self._client, self._process = (
                    OpenAI(
                        api_key=self._config.api_key,
                        base_url=self._config.base_url,
                        timeout=self._config.timeout_s,
                        max_retries=0,
                    ),
                    os.getpid(),
                )
            return self._client


def _json_schema(request: ChatRequest) -> Any:
    """Ask for structured output: https://platform.openai.com/docs/guides/structured-outputs."""
    schema = {"name": "answer", "strict": True, "schema": dict(request.schema)}
    return {"type": "json_schema", "json_schema": schema}


def _reply(completion: Any) -> ChatReply:
    if isinstance(completion, str) or not completion.choices:
        raise BadReply("the model's answer holds no choice")
    choice = completion.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise Refused("the model declined to answer")
    if not isinstance(choice.message.content, str):
        raise BadReply("the model's answer holds no text")
    reason = choice.finish_reason
    usage = completion.usage
    return ChatReply(
        content=choice.message.content,
        model=completion.model,
        finish_reason=reason if reason in _KNOWN_REASONS else "other",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
    )
