"""Markdown to safe HTML: raw HTML is shown as text, links to `.md` files lead to their pages."""

import hashlib
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A rendered Markdown document."""

    #: Text of its first heading, else the path.
    title: str
    #: The body as HTML.
    html: str


def anchor_of(heading: str) -> str:
    """Return the id of a heading: lower case, words joined by hyphens, any script; never empty."""
    slug = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
    return slug or "h-" + hashlib.sha256(heading.encode()).hexdigest()[:8]


def page_of(path: str) -> str:
    """Return the page of a Markdown file, relative to the site: `README.md` is the front page."""
    if path == "README.md":
        return "index.html"
    return path.removesuffix(".md") + ".html"


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"})


def _mark_headings(tokens: Sequence[Token]) -> None:
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            anchor = anchor_of(_plain(inline))
            seen[anchor] = seen.get(anchor, 0) + 1
            token.attrSet("id", anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor] - 1}")


def _page_link(path: str, href: str) -> str:
    target, mark, fragment = href.partition("#")
    if not target.endswith(".md") or re.match(r"[a-z][a-z0-9+.-]*:|/", target, re.IGNORECASE):
        return href
    here = posixpath.dirname(page_of(path))
    page = page_of(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))
    return posixpath.relpath(page, here or ".") + mark + fragment


def _turn_links(path: str, tokens: Sequence[Token]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _page_link(path, str(child.attrGet("href"))))


@lru_cache(maxsize=1024)
def render_document(path: str, text: str) -> Document:
    """Render one file; remembered by its content, so that a deploy renders only what changed."""
    tokens = _MARKDOWN.parse(text)
    _mark_headings(tokens)
    _turn_links(path, tokens)
    titles = (_plain(after) for token, after in pairwise(tokens) if token.tag == "h1")
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Document(title=next(titles, path), html=html)
