"""The FAQ operation: a typed entry is put into Markdown, or taken out again, without touching another byte.

An entry is written behind the last line with content of its section, as one run of text that begins with a
line end and ends without one:

    ### question

    answer

    Sources: `docs/a.md`

    [//]: # (closedloop:{trace_id})

So a missing final newline stays missing, what follows keeps its distance, and taking the run out again gives
back the exact bytes, whatever was added before or behind it meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks_app.pipeline.faq_document import (
    BOM,
    OWN_DOCUMENT,
    OWN_SECTION,
    SECTION_LEVEL,
    FaqEntry,
    Outline,
    before_last,
    content_end,
    last_line,
    mark_line,
    outline_of,
    sections_of,
)
from tasks_app.pipeline.faq_entry import (
    FaqDraft,
    FaqOperation,
    entry_lines,
    question_key,
    run_of,
    visible_text,
    written_at,
)
from tasks_app.pipeline.text import folded

__all__ = [
    "Applied",
    "Conflict",
    "FaqDraft",
    "FaqEntry",
    "FaqError",
    "FaqOperation",
    "Removed",
    "apply",
    "entries",
    "find_answer",
    "remove",
    "sections",
    "visible_text",
]

#: Where an entry goes whose section the document does not have, in the order of preference.
GENERAL_SECTIONS = ("General", "General questions", "Other", "Other questions", "Miscellaneous")
_TITLE = "Frequently asked questions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The document with the entry in it."""

    text: str
    #: Fragment of the entry's heading on the rendered page.
    anchor: str
    #: The lines that were added, without line ends; none if the entry was there already.
    added_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The document without the entry."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The entry cannot be taken out by itself."""

    #: `missing`, `edited` or `copied`.
    code: str
    #: For an operator.
    reason: str


class FaqError(ValueError):
    """The document has no place where an entry would be read as one: it may end in an open code block."""


def apply(markdown: str, operation: FaqOperation, *, in_front_of: int = 0) -> Applied:
    """Add the entry to its section; a document that holds its mark already is returned as it is.

    The section is found by name, ignoring case; else the first of GENERAL_SECTIONS that exists; else
    "General" is made at the end. A blank document gets a title too. The entry stands at the end of the
    section, or in front of so many of its last entries, for when others write there. Raises FaqError.
    """
    before = outline_of(markdown)
    if before.mark_lines(operation.trace_id):
        return Applied(text=markdown, anchor=_anchor_of(before, operation.trace_id), added_lines=())
    for index, preface in _places(before, operation.section, in_front_of):
        lines = [*preface, *entry_lines(operation)]
        text = _inserted(markdown, before, index, lines)
        after = outline_of(text)
        first = index + 2 if index >= 0 else len(before.lines)
        if _is_read(before, after, range(first, first + len(lines))):
            added = ("", *lines) if index >= 0 else tuple(lines)
            return Applied(text=text, anchor=_anchor_of(after, operation.trace_id), added_lines=added)
    raise FaqError(FaqError.__doc__)


def remove(markdown: str, operation: FaqOperation) -> Removed | Conflict:
    """Take the entry out again, and the section or title made for it if nothing else is left there."""
    found = outline_of(markdown)
    lines = found.mark_lines(operation.trace_id)
    if not lines:
        return Conflict(code="missing", reason="The entry's mark is not in the document.")
    if len(lines) > 1:
        return Conflict(code="copied", reason="The entry's mark is in the document more than once.")
    end = content_end(markdown, found, lines[0])
    written = written_at(markdown, end, operation)
    if written is None:
        return Conflict(code="edited", reason="Somebody edited the entry after it was published.")
    start, line_end = written
    return Removed(text=_without_own_section(markdown[:start], markdown[end:], line_end))


def entries(markdown: str) -> list[FaqEntry]:
    """Return the questions of the document in its order."""
    return list(outline_of(markdown).entries)


def sections(markdown: str) -> list[str]:
    """Return the headings of the sections that an entry may be put into."""
    return [heading.text for heading in sections_of(outline_of(markdown))]


def find_answer(markdown: str, question: str) -> FaqEntry | None:
    """Return the entry that asks the same, judged carefully (see `question_key`), or None."""
    key = question_key(question)
    return next((entry for entry in entries(markdown) if question_key(entry.question) == key), None)


def _own_section(mark: str) -> list[str]:
    return [f"## {GENERAL_SECTIONS[0]}", "", mark_line(mark)]


def _own_document() -> list[str]:
    return [f"# {_TITLE}", "", *_own_section(OWN_DOCUMENT)]


def _places(outline: Outline, wished: str, in_front_of: int) -> list[tuple[int, list[str]]]:
    """Return (line to write behind, lines to write before the entry), the best place first."""
    if not any(line.strip() for line in outline.lines):
        return [(-1, [*_own_document(), ""])]
    by_name = {folded(heading.text): heading for heading in reversed(sections_of(outline))}
    for name in filter(None, map(folded, (wished, *GENERAL_SECTIONS))):
        if heading := by_name.get(name):
            usual = [last_line(outline, heading.line), heading.end - 1]
            return [(index, []) for index in (*before_last(outline, heading, in_front_of), *usual)]
    last = max((heading.line for heading in outline.headings if heading.level <= SECTION_LEVEL), default=0)
    return [(last_line(outline, last), [*_own_section(OWN_SECTION), ""])]


def _inserted(markdown: str, outline: Outline, index: int, lines: list[str]) -> str:
    """Write the lines behind line `index`, or as the content of a blank document (-1)."""
    if index < 0:
        return markdown + "\n".join(lines) + "\n"
    line_end = _end_of(outline.lines[index]) or _end_of(outline.lines[0]) or "\n"
    at = content_end(markdown, outline, index)
    return markdown[:at] + run_of(lines, line_end) + markdown[at:]


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _is_read(before: Outline, after: Outline, added: range) -> bool:
    """Whether the added lines are read as one entry and every other heading is read as before."""
    own = [entry for entry in after.entries if entry.line in added]
    others = [(heading.level, heading.text) for heading in after.headings if heading.line not in added]
    return len(own) == 1 and others == [(heading.level, heading.text) for heading in before.headings]


def _anchor_of(outline: Outline, trace_id: str) -> str:
    return next((entry.anchor for entry in outline.entries if entry.marker == trace_id), "")


def _without_own_section(head: str, tail: str, line_end: str) -> str:
    document = line_end.join(_own_document())
    if tail == line_end and head.endswith(document) and not head.removesuffix(document).strip(BOM).strip():
        return head.removesuffix(document)
    section = run_of(_own_section(OWN_SECTION), line_end)
    if not head.endswith(section):
        return head + tail
    outline = outline_of(head + tail)
    mark = len(outline_of(head).lines) - 1
    is_empty = last_line(outline, mark - 1) == mark
    return (head.removesuffix(section) if is_empty else head) + tail
