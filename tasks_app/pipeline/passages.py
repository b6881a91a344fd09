"""The target repository's documents, cut into passages of plain text."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks_app.pipeline.faq_document import parse, seen_text
from tasks_app.pipeline.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

#: Characters of a passage.
MAX_PASSAGE = 1500
#: Before each line of code.
CODE_INDENT = " " * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A Markdown file of the target repository."""

    #: Relative to the repository.
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What stands under one heading of a document."""

    #: The document's path.
    path: str
    #: Plain text: a line per paragraph, list item or table row; code is indented by four blanks.
    text: str
    #: BM25 weighted by support, comparable within one search only.
    score: float
    #: The headings above it, outermost first, joined by " › ".
    heading: str = ""


def passages_of(document: Document) -> Iterator[Passage]:
    """Yield what stands under each heading, in pieces of at most MAX_PASSAGE characters."""
    trail: dict[int, str] = {}
    lines: list[str] = []
    for level, line in [*_lines_of(parse(document.text)), (1, "")]:
        is_full = len("\n".join([*lines, line])) > MAX_PASSAGE
        if lines and (level or is_full):
            text = cut("\n".join(lines), MAX_PASSAGE)
            yield Passage(path=document.path, text=text, score=0.0, heading=" › ".join(trail.values()))
            lines = []
        if level:
            trail = {above: text for above, text in trail.items() if above < level} | {level: line}
        elif line:
            lines.append(line)


def _lines_of(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield (heading level or 0, text) for each heading, paragraph, list item, table row and line of code."""
    level, prefix = 0, ""
    rest = iter(tokens)
    for token in rest:
        if token.type == "table_open":
            for row in _rows(itertools.takewhile(lambda inner: inner.type != "table_close", rest)):
                yield 0, row
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "list_item_open":
            prefix = f"{token.info}. " if token.info else "- "
        elif token.type == "inline":
            yield level, prefix + seen_text(token.children or ())
            level, prefix = 0, ""
        else:
            yield from _code_lines(token)


def _rows(tokens: Iterable[Token]) -> Iterator[str]:
    """Write each row of a table as a sentence that names its columns."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(seen_text(token.children or ()))
    head, *body = rows
    for row in body:
        yield "; ".join(f"{name}: {cell}" for name, cell in zip(head, row, strict=True)) + "."


def _code_lines(token: Token) -> Iterator[tuple[int, str]]:
    if token.type in {"fence", "code_block"}:
        yield from ((0, CODE_INDENT + line) for line in token.content.splitlines())
