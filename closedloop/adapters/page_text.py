"""The text that a reader sees on an HTML page. Pure."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

#: Elements whose content no reader sees (https://html.spec.whatwg.org/multipage/rendering.html#hidden-elements).
_HIDDEN = frozenset({"script", "style", "template", "noscript", "title", "datalist"})
#: Elements that do not end a word; every other tag separates what stands before and after it.
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
})  # fmt: skip


class _VisibleText(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden_in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if not self._hidden_in and tag in _HIDDEN:
            self._hidden_in = tag
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden_in:
            self._hidden_in = ""
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden_in:
            self.pieces.append(data)

    def _separate(self, tag: str) -> None:
        if tag not in _INLINE:
            self.pieces.append(" ")


def visible_text(html: str) -> str:
    """Tags, scripts and styles dropped, entities decoded, in the form of `plain_text`."""
    parser = _VisibleText()
    parser.feed(html)
    parser.close()
    return plain_text("".join(parser.pieces))


def plain_text(text: str) -> str:
    """NFC with runs of white space collapsed, so that two renderings of one text compare equal."""
    return " ".join(unicodedata.normalize("NFC", text).split())
