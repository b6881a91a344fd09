"""One entry of the FAQ by itself: what it is made of, the lines it becomes, and when two ask the same."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks_app.pipeline.faq_document import RESERVED_MARKS, mark_line
from tasks_app.pipeline.text import TRACE_ID, block_markdown, blocks, inline_markdown, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Stands beside the sources of an answer that the model did not write.
DEGRADED_NOTE = "(drafted from the documentation without the model)"

_LINE_ENDS = ("\n", "\r\n", "\r")
_PUNCTUATION = ".,;:!?¿¡…\"'“”„‘’«»()[]{}`*_。，、！？；：「」『』（）؟،؛۔।՞"
_FILLERS = frozenset({"a", "an", "the", "please", "hi", "hello"})
_SAME_OPENINGS = (("how", "do"), ("how", "can"), ("how", "to"))
_PERSONS = frozenset({"i", "we", "you"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqDraft:
    """An answer as the model, or the extraction, proposes it."""

    #: Wished section, empty for none.
    section: str
    answer: str
    #: Paths of the documents that support the answer, relative to the repository.
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqOperation:
    """One entry to be added: everything that its text depends on. ValueError for what cannot be an entry."""

    #: Wished section, empty for none.
    section: str
    question: str
    answer: str
    #: Paths relative to the repository.
    sources: tuple[str, ...]
    #: The task's; also the entry's mark.
    trace_id: str
    #: Whether the answer was extracted because the model was out; the entry says so.
    degraded: bool

    def __post_init__(self) -> None:
        if not TRACE_ID.fullmatch(self.trace_id) or self.trace_id in RESERVED_MARKS:
            raise ValueError("a trace id holds only letters, digits and single hyphens")
        if not one_line(self.question) or not one_line(self.answer):
            raise ValueError("an entry needs a question and an answer with visible text")


def entry_lines(operation: FaqOperation) -> list[str]:
    """Return the lines that an entry adds, from its heading to its mark, without line ends."""
    sources = ", ".join(_source(path) for path in operation.sources)
    notes = [f"Sources: {sources}"] if sources else []
    notes += [DEGRADED_NOTE] if operation.degraded else []
    lines = [f"### {inline_markdown(operation.question)}", "", *block_markdown(operation.answer).split("\n")]
    lines += ["", " ".join(notes)] if notes else []
    return [*lines, "", mark_line(operation.trace_id)]


def run_of(lines: Sequence[str], line_end: str) -> str:
    """Return the lines as they stand behind another line: one empty line between, no line end after."""
    return line_end * 2 + line_end.join(lines)


def written_at(markdown: str, end: int, operation: FaqOperation) -> tuple[int, str] | None:
    """Return where the entry that ends at an offset begins, and its line ends; None if it was edited."""
    lines = entry_lines(operation)
    for line_end in _LINE_ENDS:
        entry = run_of(lines, line_end)
        if markdown.endswith(entry, 0, end):
            return end - len(entry), line_end
    return None


def visible_text(text: str) -> str:
    """Return what a reader sees of a question or answer on the rendered page, blanks collapsed.

    Takes the text as it was given to the operation, not the Markdown made of it. A page may put each
    paragraph or list item on a line of its own, so collapse its blanks before comparing.
    """
    return " ".join(block.text for block in blocks(text))


def question_key(question: str) -> tuple[str, ...]:
    """Return what two questions share if they ask the same for certain.

    The words in their order, case-folded, without the punctuation around them, articles and greetings; "how
    do I", "how can we" and "how to" are one opening. Deliberately no more: one other word, or another order,
    may ask the opposite, and a question declined by mistake is worse than an entry that comes twice.
    """
    folded = unicodedata.normalize("NFC", one_line(question)).casefold()
    words = [word.strip(_PUNCTUATION) for word in folded.split()]
    key = tuple(word for word in words if word and word not in _FILLERS)
    if key[:2] in _SAME_OPENINGS:
        key = ("how", *key[3 if key[2:3] and key[2] in _PERSONS else 2 :])
    return key or (folded,)


def _source(path: str) -> str:
    line = one_line(path)
    return inline_markdown(line) if "`" in line else f"`{line}`"
