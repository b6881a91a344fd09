"""How a FAQ is built: its lines, headings, sections, entries and the marks that closedloop left.

The structure is what a Markdown parser sees, so a `##` inside a code block is no heading and a mark inside a
quotation is no mark. A mark is a link reference definition, `[//]: # (closedloop:{trace_id})`: no renderer
shows it and, unlike an HTML comment, it passes linters that refuse raw HTML and does not break MDX.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from tasks_app.pipeline.anchors import anchor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

BOM = "\ufeff"
SECTION_LEVEL = 2
ENTRY_LEVEL = 3
#: Marks behind the heading of a section, or of a whole document, that closedloop made itself.
OWN_SECTION = "section"
OWN_DOCUMENT = "document"
RESERVED_MARKS = frozenset({OWN_SECTION, OWN_DOCUMENT})
_QUESTION_MARKS = ("?", "？", "؟", "՞")

#: The same line ends that the parser sees.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n|\r|\n)[\w-]+[ \t]*:")
_MARK = re.compile(r"closedloop:([0-9A-Za-z-]+)")

_FULL = MarkdownIt("commonmark").enable("table")
_BLOCKS = MarkdownIt("commonmark").enable("table")
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading that stands by itself, not in a list or quotation."""

    level: int
    #: What a reader sees of it.
    text: str
    #: The fragment under which GitHub links to it.
    anchor: str
    #: Index of its first line.
    line: int
    #: Index of the line behind it.
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    """One question of the FAQ."""

    #: The heading as a reader sees it.
    question: str
    #: The section's heading, or nothing for a question that stands outside sections.
    section: str
    anchor: str
    #: Trace id of the task that wrote it, None for a person's entry.
    marker: str | None
    #: Index of the heading's first line.
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One reading of a FAQ. Lines are counted from 0, without a byte order mark before the first."""

    #: With their line ends; joined they are the document.
    lines: tuple[str, ...]
    headings: tuple[Heading, ...]
    #: Line of each thematic break.
    rules: tuple[int, ...]
    #: (mark, line) in the order of the document.
    marks: tuple[tuple[str, int], ...]
    #: The questions in the order of the document.
    entries: tuple[FaqEntry, ...]

    def mark_lines(self, mark: str) -> list[int]:
        """Return where a mark stands; more than once means that somebody copied an entry."""
        return [line for name, line in self.marks if name == mark]


def mark_line(mark: str) -> str:
    """Return the line that carries a mark."""
    return f"[//]: # (closedloop:{mark})"


def seen_text(inline: Sequence[Token]) -> str:
    """Return the text that a reader sees of parsed inline Markdown, blanks collapsed."""
    pieces: list[str] = []
    for token in inline:
        if token.type in {"text", "code_inline", "image"}:
            pieces.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            pieces.append(" ")
    return " ".join("".join(pieces).split())


def parse(markdown: str) -> list[Token]:
    """Parse a whole document with its inline Markdown; front matter reads as empty lines."""
    return _FULL.parse(_without_front_matter(markdown.removeprefix(BOM)))


@lru_cache(maxsize=16)
def outline_of(markdown: str) -> Outline:
    """Read a FAQ's structure."""
    body = markdown.removeprefix(BOM)
    env: dict[str, Any] = {}
    tokens = _BLOCKS.parse(_without_front_matter(body), env)
    lines = tuple(_LINE.findall(body))
    headings = tuple(_headings(tokens, env))
    marks = tuple((mark, line) for mark, line in _marks(env) if lines[line].startswith("[//]:"))
    return Outline(
        lines=lines,
        headings=headings,
        rules=tuple(token.map[0] for token in tokens if token.type == "hr" and not token.level and token.map),
        marks=marks,
        entries=tuple(_entries(headings, marks)),
    )


def _entries(headings: Sequence[Heading], marks: Sequence[tuple[str, int]]) -> Iterator[FaqEntry]:
    """Find the entries in the order of the document.

    An entry is a level-3 heading, or a level-2 heading that asks something and has no level-3 headings.
    """
    section = ""
    own = _own_marks(headings, marks)
    for index, heading in enumerate(headings):
        is_entry = heading.level == ENTRY_LEVEL or is_lone_question(headings, index)
        if heading.level <= SECTION_LEVEL:
            section = heading.text if heading.level == SECTION_LEVEL and not is_entry else ""
        if is_entry:
            yield FaqEntry(
                question=heading.text,
                section=section,
                anchor=heading.anchor,
                marker=own.get(heading.line),
                line=heading.line,
            )


def _own_marks(headings: Sequence[Heading], marks: Sequence[tuple[str, int]]) -> dict[int, str]:
    """The first mark below each heading that may begin an entry, by the heading's line."""
    begins = [heading.line for heading in headings if heading.level <= ENTRY_LEVEL]
    found: dict[int, str] = {}
    for mark, line in marks:
        above = bisect_left(begins, line)
        if above and mark not in RESERVED_MARKS:
            found.setdefault(begins[above - 1], mark)
    return found


def is_lone_question(headings: Sequence[Heading], index: int) -> bool:
    """Whether the heading at `index` is a question at the level of sections."""
    heading = headings[index]
    if heading.level != SECTION_LEVEL or not heading.text.endswith(_QUESTION_MARKS):
        return False
    following = headings[index + 1 : index + 2]
    return not any(other.level == ENTRY_LEVEL for other in following)


def before_last(outline: Outline, section: Heading, count: int) -> list[int]:
    """Return the line with content before the last `count` entries of a section, of all if it has fewer.

    Empty where it has none, or none are to be counted.
    """
    end = last_line(outline, section.line)
    inside = [entry.line for entry in outline.entries if section.line < entry.line <= end]
    if not count or not inside:
        return []
    first = inside[-count:][0]
    return [max(line for line in range(first) if outline.lines[line].strip())]


def sections_of(outline: Outline) -> list[Heading]:
    """Return the headings of the sections that hold questions."""
    return [
        heading
        for index, heading in enumerate(outline.headings)
        if heading.level == SECTION_LEVEL and not is_lone_question(outline.headings, index)
    ]


def last_line(outline: Outline, start: int) -> int:
    """Return the index of the last line with content before the section around line `start` ends, or -1.

    A section ends with the next heading of its level or above, or with a thematic break behind its last
    heading: such a break sets off a footer or the next section.
    """
    end = next(
        (other.line for other in outline.headings if other.line > start and other.level <= SECTION_LEVEL),
        len(outline.lines),
    )
    last_heading = max((other.line for other in outline.headings if other.line < end), default=end)
    end = next((rule for rule in outline.rules if last_heading < rule < end), end)
    return next((index for index in range(end - 1, -1, -1) if outline.lines[index].strip()), -1)


def _headings(tokens: list[Token], env: dict[str, Any]) -> Iterator[Heading]:
    taken: Counter[str] = Counter()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "heading_open" or opening.level or not opening.map:
            continue
        text = seen_text(_FULL.parseInline(inline.content, env)[0].children or ())
        line, end = opening.map
        yield Heading(level=int(opening.tag[1]), text=text, anchor=anchor_of(text, taken), line=line, end=end)


def _marks(env: dict[str, Any]) -> Iterator[tuple[str, int]]:
    first = env.get("references", {}).get("//")
    found = ([first] if first else []) + [r for r in env.get("duplicate_refs", []) if r["label"] == "//"]
    for reference in sorted(found, key=lambda item: item["map"][0]):
        if match := _MARK.fullmatch(reference["title"]):
            yield match[1], reference["map"][0]


def content_end(markdown: str, outline: Outline, index: int) -> int:
    """Offset in the document of the end of a line's content."""
    before = sum(len(line) for line in outline.lines[:index])
    return len(markdown) - len(markdown.removeprefix(BOM)) + before + len(outline.lines[index].rstrip("\r\n"))


def _without_front_matter(body: str) -> str:
    """Blank out YAML front matter, which is no Markdown; the lines keep their numbers."""
    if not _FRONT_MATTER.match(body):
        return body
    lines = _LINE.findall(body)
    closing = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), None)
    if closing is None:
        return body
    return "\n" * (closing + 1) + "".join(lines[closing + 1 :])
