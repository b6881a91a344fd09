"""The reply: an extract put into the form that was asked for, and cut to the length that was allowed."""

import json
import math
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.chat.conversation import Documents, Task
from sandbox.chat.passages import Passage, passages
from sandbox.chat.search import Extract, Index
from sandbox.chat.words import words

_BYTES_PER_TOKEN = 4
#: A text of few words is not near to everything.
_SMOOTH = 10
#: Weight of a word of the answer beside one of the question or its headings.
_SAID = 0.3
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


def _cut(documents: Documents, *, faq: bool) -> list[Passage]:
    return [one for path, text in documents if _is_faq(path) is faq for one in passages(path, text)]


def find_answer(question: str, documents: Documents, known: Documents) -> Extract | None:
    """Search the documents; the FAQ itself, being a summary, is asked last."""
    others = [] if documents is known else _cut(known, faq=False)
    for faq in (False, True):
        if extract := Index(_cut(documents, faq=faq), others).answer(question):
            return extract
    return None


def _words_of(found: Iterable[Passage]) -> set[str]:
    return {word for one in found for word in one.heading_words} | {
        word for one in found for block in one.blocks for sentence in block.words for word in sentence
    }


def choose_section(task: Task, extract: Extract, known: Documents) -> str:
    """Return the section that holds the nearest question, or whose name is nearest; rare words weigh most."""
    index = Index(_cut(known, faq=False))
    asked = {*words(task.question), *extract.passage.heading_words}
    said = _words_of([extract.passage])
    faq = _cut(known, faq=True)

    def near(held: set[str]) -> float:
        shared = sum(map(index.weight, held & asked)) + _SAID * sum(map(index.weight, held & said))
        return shared / math.sqrt(len(held) + _SMOOTH)

    def nearness(section: str) -> float:
        entries = [_words_of([one]) for one in faq if section in one.trail]
        return max(map(near, [set(words(section)), *entries]))

    best = max(task.sections, key=nearness, default="")
    return best if best and nearness(best) > 0 else extract.passage.title


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


def reply_to(task: Task, known: Documents) -> Reply:
    """Answer from the task's documents, or the known ones, sentence by sentence as far as the limit goes."""
    extract = find_answer(task.question, known if task.documents is None else task.documents, known)
    sentences = list(extract.sentences) if extract else []
    section = choose_section(task, extract, known) if extract else ""
    sources = [extract.passage.path] if extract else []
    while True:
        content = _compose(task, {"section": section, "answer": " ".join(sentences), "sources": sources})
        if task.max_tokens is None or count_tokens(content) <= task.max_tokens:
            return Reply(content=content, finish_reason="stop")
        if len(sentences) <= 1:
            cut = content.encode()[: task.max_tokens * _BYTES_PER_TOKEN].decode(errors="ignore")
            return Reply(content=cut, finish_reason="length")
        del sentences[-1]
