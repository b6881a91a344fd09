"""Chapters as HTML. Everything that is not ours is escaped here, and only here."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from closedloop.chapters import Badge, Code, Link, Prose, Ref, Stay, Value, coarse, is_address, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.chapters import Chapter, Table

#: Characters that turn text around without being seen.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@singledispatch
def shown(value: Value) -> SafeString:
    """One value as inert HTML."""
    return format_html("<bdi>{}</bdi>", text(str(value)))


@shown.register
def _(_value: None) -> SafeString:
    return mark_safe('<span class="cl-none">–</span>')


@shown.register
def _(value: bool) -> SafeString:  # noqa: FBT001 - a value to show, not a flag
    return conditional_escape("yes" if value else "no")


@shown.register
def moment(at: datetime) -> SafeString:
    """A time in UTC, said so."""
    at = at.astimezone(UTC)
    return format_html(
        '<time class="cl-time" datetime="{}" title="{}">'
        '<span class="cl-date">{} </span>{}<small>.{} UTC</small></time>',
        at.isoformat(), at.isoformat(), f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", f"{at:%f}"[:3],
    )  # fmt: skip


@shown.register
def _(value: timedelta) -> SafeString:
    return conditional_escape(spell(value))


@shown.register
def badge(value: Badge) -> SafeString:
    """A coloured word."""
    return format_html('<span class="cl-badge cl-{}">{}</span>', value.tone, value.text.replace("_", " "))


@shown.register
def _(value: Code) -> SafeString:
    return format_html('<code class="cl-code">{}</code>', text(value.text))


@shown.register
def _(value: Prose) -> SafeString:
    return format_html('<span class="cl-prose" dir="auto">{}</span>', text(value.text))


@shown.register
def _(value: Link) -> SafeString:
    label = text(value.text)
    if not is_address(value.url):
        return format_html("<bdi>{}</bdi>", label)
    kind = "cl-link" if value.url.startswith("/") else "cl-link cl-out"
    return format_html('<a class="{}" href="{}" rel="noopener"><bdi>{}</bdi></a>', kind, value.url, label)


@shown.register
def _(value: Ref) -> SafeString:
    app, _dot, model = value.model.partition(".")
    address = reverse(f"admin:{app}_{model}_change", args=[quote(value.pk)])
    return format_html('<a class="cl-link" href="{}"><bdi>{}</bdi></a>', address, text(value.text))


@shown.register
def _(value: Stay) -> SafeString:
    begins, share = f"{value.begins * 100:.2f}%", f"{value.share * 100:.2f}%"
    return format_html(
        '<span class="cl-stay"><span class="cl-track">'
        '<span class="cl-bar cl-{}" style="--begins:{};--share:{}"></span></span><span>{}</span></span>',
        value.tone, begins, share, spell(value.lasted),
    )  # fmt: skip


def text(raw: str) -> SafeString:
    """Escaped; controls and turning characters are shown by their number instead of being obeyed."""
    return (
        format_html_join("", "{}", ((_seen(char),) for char in raw))
        if _is_odd(raw)
        else conditional_escape(raw)
    )


def _is_odd(raw: str) -> bool:
    return not raw.isprintable() and any(map(_acts, raw))


def _acts(char: str) -> bool:
    return char in _TURNS or (unicodedata.category(char) == "Cc" and char not in "\n\t\r")


def _seen(char: str) -> str:
    return format_html('<span class="cl-unseen">U+{}</span>', f"{ord(char):04X}") if _acts(char) else char


def ago(at: datetime, now: datetime) -> SafeString:
    """How long ago, with the exact time for whoever points at it."""
    at = at.astimezone(UTC)
    exact = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return format_html(
        '<time class="cl-time" datetime="{}" title="{}">{} ago</time>',
        at.isoformat(),
        exact,
        coarse(now - at),
    )


def laid_out(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """Chapters as the page's template wants them."""
    return [
        {
            "name": chapter.name,
            "title": chapter.title,
            "facts": [
                {
                    "label": fact.name.replace("_", " "),
                    "html": shown(fact.value),
                    "is_long": _is_long(fact.value),
                }
                for fact in chapter.facts
            ],
            "tables": [_laid_out_table(table) for table in chapter.tables if table.rows],
        }
        for chapter in chapters
    ]


def _laid_out_table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", " "),
        "head": [name.replace("_", " ") for name in table.head],
        "rows": [
            [{"html": shown(value), "kind": _CELLS.get(type(value), "")} for value in row]
            for row in table.rows
        ],
    }


#: Cells that may break their lines.
_CELLS: dict[type, str] = {Prose: "cl-text", Ref: "cl-text", Code: "cl-copied", Link: "cl-copied"}
#: A fact longer than this gets the whole width.
_LONG = 70


def _is_long(value: Value) -> bool:
    return isinstance(value, Prose | Code) and (len(value.text) > _LONG or "\n" in value.text)
