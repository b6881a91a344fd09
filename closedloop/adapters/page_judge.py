"""Whether a page is what a probe expects. Pure: the HTTP and the in-memory prober share it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.adapters.page_text import plain_text, visible_text

if TYPE_CHECKING:
    from closedloop.ports.probe import ProbeOrder

#: Longest piece of an expected text shown to an operator.
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An HTTP answer, decoded."""

    status: int
    #: The Content-Type header without parameters; may be empty.
    content_type: str
    text: str


def judge_page(order: ProbeOrder, page: Page) -> str | None:
    """Name the first thing that is not as ordered, in one line for an operator; None when all is well."""
    if page.status != order.status:
        return f"answered {page.status} instead of {order.status}"
    if order.texts:
        missing = _missing_text(order.texts, page)
        if missing:
            return f"does not show {missing[:_SHOWN]!r}"
    return _wrong_field(order.fields, page.text) if order.fields else None


def _missing_text(texts: tuple[str, ...], page: Page) -> str | None:
    is_html = "html" in page.content_type or not page.content_type
    seen = visible_text(page.text) if is_html else plain_text(page.text)
    return next((text for text in texts if plain_text(text) not in seen), None)


def _wrong_field(fields: tuple[tuple[str, str], ...], text: str) -> str | None:
    try:
        body = json.loads(text)
    except ValueError:
        return "is not JSON"
    for path, expected in fields:
        found = field_at(body, path)
        if found != expected:
            return f"{path} is {str(found)[:_SHOWN]!r} instead of {expected[:_SHOWN]!r}"
    return None


def field_at(body: object, path: str) -> str | None:
    """Read a dotted path (items by number, empty: all): strings bare, the rest as JSON; None when absent."""
    value = body
    for key in path.split(".") if path else ():
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
