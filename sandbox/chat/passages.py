"""Documents cut into passages: what stands below one heading, as sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sandbox.chat.words import words

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”*`)]*\s+(?=[\"“*`(]*[^\Wa-z_]|`)|(?<=[。！？])")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_MARKER = re.compile(r"^(?:[-*+]|\d{1,3}[.)]) +")
#: A line that ends so is a sentence and no heading.
_ENDS = (".", "!", "?", ":", ";", "。", "！", "？", "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, list item or table row."""

    #: The text as Markdown without links, cut into sentences.
    sentences: tuple[str, ...]
    #: The words of each sentence.
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What one heading of a document has to say."""

    #: Path of the document.
    path: str
    #: Title of the document.
    title: str
    #: The headings above the text, the nearest last; without the title.
    trail: tuple[str, ...]
    #: Words of path, title and headings.
    heading_words: tuple[str, ...]
    #: The text.
    blocks: tuple[Block, ...]


def _marked(inline: Token) -> str:
    """Return inline text with bold and code marks kept and link targets left out."""
    parts = []
    for child in inline.children or ():
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type in {"strong_open", "strong_close"}:
            parts.append("**")
        else:
            parts.append(child.content)
    return "".join(parts).strip()


def split_sentences(text: str) -> list[str]:
    """Cut a paragraph after each full stop that a new sentence follows."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def _row(head: Sequence[str], cells: Sequence[str]) -> str:
    pairs = zip(head[1:], cells[1:], strict=False)
    return f"{head[0]} {cells[0]}: " + ", ".join(f"{name.lower()} {cell}" for name, cell in pairs) + "."


def _table(tokens: Sequence[Token], start: int) -> Iterator[str]:
    rows: list[list[str]] = []
    for token in tokens[start:]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_marked(token))
        elif token.type == "table_close":
            break
    yield from (_row(rows[0], cells) for cells in rows[1:] if cells)


def _texts(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield headings with their level and everything else, block by block, with level 0."""
    in_table = False
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            in_table = True
            for row in _table(tokens, index):
                yield 0, row
        in_table = in_table and token.type != "table_close"
        if token.type == "inline" and not in_table:
            heading = tokens[index - 1].type == "heading_open"
            yield int(tokens[index - 1].tag[1:]) if heading else 0, _marked(token)


def _block(text: str) -> Block:
    sentences = tuple(split_sentences(text))
    return Block(sentences=sentences, words=tuple(tuple(words(sentence)) for sentence in sentences))


def _passage(path: str, headings: Sequence[str], texts: Sequence[str]) -> Passage:
    title, *trail = headings or (path,)
    name = path.rpartition("/")[2].removesuffix(".md")
    return Passage(
        path=path,
        title=title,
        trail=tuple(trail),
        heading_words=tuple(words(" ".join((name, title, *trail)))),
        blocks=tuple(_block(text) for text in texts),
    )


def _excerpt(path: str, lines: Sequence[str]) -> Passage:
    """Read plain text: a line of headings joined by `›`, then a line for each paragraph, item or row."""
    first, *rest = lines
    is_heading = not first.rstrip().endswith(_ENDS)
    texts: list[str] = []
    for line in rest if is_heading else lines:
        item = _MARKER.sub("", line).strip()
        if texts and item[:1].islower() and not texts[-1].endswith(_ENDS):
            texts[-1] += f" {item}"
        elif item:
            texts.append(item)
    return _passage(path, first.split(" › ") if is_heading else (), texts)


@lru_cache(maxsize=1024)
def passages(path: str, text: str) -> tuple[Passage, ...]:
    """Cut one document, Markdown or a plain excerpt without headings; remembered by its content."""
    lines = text.strip("\n").split("\n")
    if len(lines) > 1 and "" not in lines and not _HEADING.search(text):
        return (_excerpt(path, lines),)
    return tuple(_markdown_passages(path, text))


def _markdown_passages(path: str, text: str) -> Iterator[Passage]:
    headings: list[str] = []
    texts: list[str] = []
    for level, content in _texts(_MARKDOWN.parse(text)):
        if not level:
            texts.append(content)
            continue
        if texts:
            yield _passage(path, headings, texts)
        headings = [*headings[: level - 1], content]
        texts = []
    if texts:
        yield _passage(path, headings, texts)
