"""The reply: an extract put into the form that was asked for, and cut to the length that was allowed."""

import json
import math
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.chat.conversation import Task
from sandbox.chat.passages import passages
from sandbox.chat.search import Extract, Index
from sandbox.chat.words import words

_BYTES_PER_TOKEN = 4
_TEXT_NAMES = {"text", "content", "reply", "message", "response", "summary"}
_EMPTY: Mapping[str, Callable[[], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "null": lambda: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model says."""

    #: The content of its message.
    content: str
    #: `stop`, or `length` when it was cut.
    finish_reason: str


def count_tokens(text: str) -> int:
    """Estimate tokens as four bytes each, which is what English comes to."""
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


def _is_faq(path: str) -> bool:
    return posixpath.basename(path).lower() == "faq.md"


def find_answer(question: str, documents: Mapping[str, str]) -> Extract | None:
    """Search the documents; the FAQ itself, being a summary, is asked last."""
    for wanted in (False, True):
        found = (
            one for path, text in documents.items() if _is_faq(path) is wanted for one in passages(path, text)
        )
        if extract := Index(found).answer(question):
            return extract
    return None


def choose_section(task: Task, extract: Extract, documents: Mapping[str, str]) -> str:
    """Return the section whose name and present questions are nearest to the answer."""
    if not task.sections:
        return extract.passage.title
    said = {word for block in extract.passage.blocks for sentence in block.words for word in sentence}
    wanted = {*words(task.question), *extract.passage.heading_words, *said}
    faq = [one for path, text in documents.items() if _is_faq(path) for one in passages(path, text)]

    def nearness(section: str) -> float:
        below = [one for one in faq if section in one.trail]
        held = {word for one in below for word in one.heading_words} | {
            word for one in below for block in one.blocks for sentence in block.words for word in sentence
        }
        return 2.0 * len(wanted & set(words(section))) + len(wanted & held) / math.sqrt(len(held) or 1)

    best = max(task.sections, key=nearness)
    return best if nearness(best) > 0 else extract.passage.title


def _fill(schema: Mapping[str, Any], facts: Mapping[str, Any], name: str = "") -> Any:
    """Build a value that the schema allows, from the facts where a property's name asks for one."""
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        return {key: _fill(below, facts, key) for key, below in schema.get("properties", {}).items()}
    value = facts.get("answer" if name in _TEXT_NAMES else name)
    empty = _EMPTY[kind]()
    return value if isinstance(value, type(empty)) else empty


def _compose(task: Task, facts: Mapping[str, Any]) -> str:
    if task.format == "text":
        return str(facts["answer"] or "The documents do not say anything about this.")
    filled = _fill(task.schema, facts) if task.schema else facts
    return json.dumps(filled, ensure_ascii=False)


def reply_to(task: Task, documents: Mapping[str, str]) -> Reply:
    """Answer from the documents, shortened sentence by sentence to fit the allowed length."""
    extract = find_answer(task.question, documents)
    sentences = list(extract.sentences) if extract else []
    section = choose_section(task, extract, documents) if extract else ""
    sources = [extract.passage.path] if extract else []
    while True:
        content = _compose(task, {"section": section, "answer": " ".join(sentences), "sources": sources})
        if task.max_tokens is None or count_tokens(content) <= task.max_tokens:
            return Reply(content=content, finish_reason="stop")
        if len(sentences) <= 1:
            cut = content.encode()[: task.max_tokens * _BYTES_PER_TOKEN].decode(errors="ignore")
            return Reply(content=cut, finish_reason="length")
        del sentences[-1]
