"""The model that writes answers: text in, text out. It holds no token and no tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One chat completion to ask for."""

    messages: Sequence[Mapping[str, str]]
    #: JSON schema the reply must follow.
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float
    #: Passed to the vendor as a tag where it allows one, so that the trace id finds the call.
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What the model said, unparsed."""

    content: str
    #: The vendor's name of the model that really answered.
    model: str
    #: stop | length | content_filter | other.
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    """One try per call: retries are the pipeline's business."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Ask once. Raises Unavailable (time-out, 5xx), RateLimited, Unauthorized, Refused, BadReply."""

    def ping(self) -> str:
        """The model's name when it can be reached with our key; raises as `complete` does."""
