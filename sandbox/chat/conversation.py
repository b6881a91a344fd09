"""What a chat request asks for, and refusals in OpenAI's words.

https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Path and text of each; one path may come several times, with a passage each.
Documents = Sequence[tuple[str, str]]
_ROLES = {"developer", "system", "user", "assistant", "tool", "function"}
_FORMATS = {"text", "json_object", "json_schema"}


class ChatError(Exception):
    """A request that OpenAI would refuse."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """Return the body of the answer."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"  # noqa: PLR2004 -- HTTP's line
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be answered, from what, and in which form."""

    #: The question.
    question: str
    #: Sections that the answer may go to; empty when none were named.
    sections: Sequence[str]
    #: What to answer from, or None to use the repository's own documents.
    documents: Documents | None
    #: `text`, `json_object` or `json_schema`.
    format: str
    #: The schema, for `json_schema`.
    schema: Mapping[str, Any]
    #: Most tokens of the answer, or None.
    max_tokens: int | None


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _checked_messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if messages is None:
        raise ChatError(
            400,
            "Missing required parameter: 'messages'.",
            param="messages",
            code="missing_required_parameter",
        )
    if not isinstance(messages, list) or not messages:
        raise ChatError(400, "Invalid 'messages': empty array.", param="messages", code="empty_array")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            param = f"messages[{index}].role"
            raise ChatError(400, f"Invalid value for '{param}'.", param=param, code="invalid_value")
    return messages


def _format(body: Mapping[str, Any], text: str) -> tuple[str, Mapping[str, Any]]:
    wanted = body.get("response_format") or {"type": "text"}
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in _FORMATS:
        raise ChatError(
            400, "Invalid value: 'response_format'.", param="response_format", code="invalid_value"
        )
    if kind == "json_object" and "json" not in text.lower():
        message = "'messages' must contain the word 'json' in some form"
        raise ChatError(400, f"{message}, to use 'response_format' of type 'json_object'.", param="messages")
    described = wanted.get("json_schema") or {}
    if kind == "json_schema" and not (described.get("name") and isinstance(described.get("schema"), dict)):
        param = "response_format.json_schema"
        raise ChatError(
            400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
        )
    return kind, described.get("schema") or {}


def _limit(body: Mapping[str, Any]) -> int | None:
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise ChatError(400, "Invalid 'max_tokens': integer below minimum value.", param="max_tokens")
    return limit


def _structured(text: str) -> dict[str, Any]:
    """Return the JSON object that the message is or holds, if it asks a question; else an empty one."""
    start = text.find("{")
    if start < 0:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("question"), str) else {}


def _documents(found: Mapping[str, Any]) -> Documents | None:
    if not isinstance(found.get("documents"), list):
        return None
    given = [one for one in found["documents"] if isinstance(one, dict)]
    return [(str(one.get("path", "")), str(one.get("text", ""))) for one in given]


def read_task(body: Mapping[str, Any]) -> Task:
    """Read a request; raises ChatError."""
    messages = _checked_messages(body)
    if body.get("stream"):
        raise ChatError(
            400, "Streaming is not supported by this model.", param="stream", code="unsupported_value"
        )
    kind, schema = _format(body, " ".join(_text(message.get("content")) for message in messages))
    asked = next((_text(one.get("content")) for one in reversed(messages) if one["role"] == "user"), "")
    found = _structured(asked)
    sections = found.get("sections")
    return Task(
        question=found.get("question", asked),
        sections=[str(name) for name in sections] if isinstance(sections, list) else [],
        documents=_documents(found),
        format="json_object" if found and kind == "text" else kind,
        schema=schema,
        max_tokens=_limit(body),
    )
