"""Proving that a page is what it was before, with the new entries and nothing else. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tasks_app.pipeline.faq import Removed, entries, remove
from tasks_app.pipeline.faq_document import content_end, outline_of
from tasks_app.pipeline.faq_entry import written_at
from tasks_app.pipeline.text import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks_app.pipeline.faq_entry import FaqOperation


def validate(before: str, after: str, operations: Sequence[FaqOperation]) -> list[str]:
    """Say what is wrong with `after` as the result of the operations on `before`; nothing if it is right."""
    known = outline_of(before)
    added = [operation for operation in operations if not known.mark_lines(operation.trace_id)]
    # All of them are cut out by one reading of a long page; only what does not come out right is looked at
    # one by one, for what is wrong, and for the section or title that went in with the first.
    problems = [] if _cut_out(after, added) == before else _what_is_left(before, after, added)
    asked_before = Counter(folded(entry.question) for entry in entries(before))
    asked = Counter(folded(entry.question) for entry in entries(after))
    problems += [
        f"The question stands there {times} times: {question}"
        for question, times in sorted(asked.items())
        if times > max(1, asked_before[question])
    ]
    return problems


def _cut_out(markdown: str, operations: Sequence[FaqOperation]) -> str | None:
    """Return the document without the entries; None if one does not stand there once, as it was written."""
    found = outline_of(markdown)
    cuts: list[tuple[int, int]] = []
    for operation in operations:
        lines = found.mark_lines(operation.trace_id)
        if len(lines) != 1:
            return None
        end = content_end(markdown, found, lines[0])
        written = written_at(markdown, end, operation)
        if written is None:
            return None
        cuts.append((written[0], end))
    rest = markdown
    for start, end in sorted(cuts, reverse=True):
        rest = rest[:start] + rest[end:]
    return rest


def _what_is_left(before: str, after: str, operations: Sequence[FaqOperation]) -> list[str]:
    """Take the entries out again, the last one first, and say what differs from `before` then."""
    problems = []
    rest = after
    for operation in reversed(operations):
        result = remove(rest, operation)
        if isinstance(result, Removed):
            rest = result.text
        else:
            problems.append(f"{operation.trace_id}: {result.reason}")
    if rest != before and not problems:
        problems.append("Something besides the new entries changed.")
    return problems
