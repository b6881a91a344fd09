"""Chapters for a terminal and for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from closedloop.chapters import Badge, Code, Link, Prose, Ref, Stay, Value, spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from closedloop.chapters import Chapter, Fact, Table

#: Cells wider than this are not padded, so that one long text does not push the rest away.
_WIDEST = 90


def as_text(chapters: Sequence[Chapter]) -> str:
    """The whole story, to be read from top to bottom."""
    return "\n".join(line for chapter in chapters for line in _chapter_lines(chapter))


def as_data(chapters: Sequence[Chapter]) -> dict[str, Any]:
    """The whole story as JSON values: chapters by name, their facts and tables by name."""
    return {
        chapter.name: {
            **{fact.name: plain(fact.value) for fact in chapter.facts},
            **{table.name: _records(table) for table in chapter.tables},
            **({"links": {link.text: link.url for link in chapter.links}} if chapter.links else {}),
        }
        for chapter in chapters
    }


@singledispatch
def plain(value: Value) -> Any:
    """A value as JSON has it: times in ISO 8601 (UTC), durations in seconds."""
    return value


@plain.register
def _(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


@plain.register
def _(value: timedelta) -> float:
    return round(value.total_seconds(), 6)


@plain.register
def _(value: Stay) -> float:
    return round(value.lasted.total_seconds(), 6)


@plain.register
def _(value: Link) -> str:
    return value.url


@plain.register
def _(value: Ref) -> str:
    return value.pk


@plain.register(Badge)
@plain.register(Code)
@plain.register(Prose)
def _(value: Badge | Code | Prose) -> str:
    return value.text


@singledispatch
def said(value: Value) -> str:
    """A value on one line, without what could move a terminal's cursor or turn its text around."""
    return _visible(str(plain(value)))


@said.register
def _(_value: None) -> str:
    return "–"


@said.register
def _(value: bool) -> str:  # noqa: FBT001 - a value to say, not a flag
    return "yes" if value else "no"


@said.register
def _(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


@said.register
def _(value: timedelta) -> str:
    return spell(value)


@said.register
def _(value: Stay) -> str:
    return spell(value.lasted)


@said.register
def _(value: Link) -> str:
    return _visible(value.url or value.text)


@said.register
def _(value: Ref) -> str:
    return _visible(value.text if value.text == value.pk else f"{value.text} ({value.pk})")


def _visible(text: str) -> str:
    """Unprintable characters as escapes; line ends become blanks."""
    line = " ".join(text.split())
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def _chapter_lines(chapter: Chapter) -> Iterator[str]:
    yield ""
    yield chapter.title
    yield "─" * len(chapter.title)
    width = max((len(fact.name) for fact in chapter.facts), default=0)
    for fact in chapter.facts:
        yield _fact_line(fact, width)
    for table in chapter.tables:
        yield from _table_lines(table, is_alone=len(chapter.tables) == 1 and not chapter.facts)
    for link in chapter.links:
        yield f"  {link.text}: {link.url}"


def _fact_line(fact: Fact, width: int) -> str:
    return f"  {_words(fact.name):<{width}}  {said(fact.value)}"


def _table_lines(table: Table, *, is_alone: bool) -> Iterator[str]:
    if not is_alone:
        yield f"  {_words(table.name)}:" + ("" if table.rows else " none")
    lines = [tuple(map(_words, table.head)), *(tuple(map(said, row)) for row in table.rows)]
    if len(lines) == 1:
        return
    widths = [
        max(len(cell) for cell in column if len(cell) <= _WIDEST) for column in zip(*lines, strict=True)
    ]
    for cells in lines:
        padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        yield f"    {'  '.join(padded)}".rstrip()


def _records(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.head, map(plain, row), strict=True)) for row in table.rows]


def _words(name: str) -> str:
    return name.replace("_", " ")
