"""Text that strangers or a model wrote, made inert: for titles, commit messages and Markdown.

Nothing here decides whether a text may be published (`unsafe` does); everything here makes sure that a text
is only ever read, never obeyed, by GitHub, by a Markdown renderer, by a CI system or by the eye.

Known limit: a renderer that looks for bare URLs or e-mail addresses after it has parsed the Markdown (GitHub
does for addresses) may still turn one into a link to just what is written there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a pull request's title may hold here; GitHub's own limit is 256.
TITLE_LENGTH = 200
#: The shape of a trace id wherever it is written into text.
TRACE_ID = re.compile(r"[0-9A-Za-z](?:-?[0-9A-Za-z]){0,63}")

#: Put between a sign and what it would act on. GitHub's mention and reference patterns want the two adjacent.
_BREAK = "\u200b"
_ELLIPSIS = "…"
_JOINERS = "\u200c\u200d"
_VARIANTS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
#: Format characters with a shape of their own (Arabic, Syriac and Kaithi number marks).
_SEEN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
#: Letters and marks that draw nothing.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_FIRST_NONCHARACTERS = range(0xFDD0, 0xFDF0)

#: A variation selector is kept once, behind a keycap base or anything outside ASCII.
_STRAY_VARIANT = re.compile(rf"(?<![0-9#*])(?<![^\x00-\x7f\s{_JOINERS}{_VARIANTS}])[{_VARIANTS}]")
#: A joiner is kept once, between two visible characters of which one is outside ASCII.
_JOINER_RUN = re.compile(rf"(?P<before>[^{_JOINERS}]?)(?P<run>[{_JOINERS}]+)(?=(?P<after>[^{_JOINERS}]?))")

_LIVE = re.compile(
    r"""(?<=[@\#])(?=\w)               # @name, #12, owner/repo#12, commit@sha
    | (?<=[Gg][Hh]-)(?=\d)             # GH-12
    | (?<=:)(?=//)                     # the address of an issue or a pull request
    | (?<=\[)(?=\S)                    # [skip ci] and all its cousins
    | (?<=\*\*\*)(?=\w)                # ***NO_CI***
    | (?<=[Ss][Kk][Ii][Pp]-[Cc][Hh][Ee][Cc][Kk][Ss])(?=\s*:)""",
    re.VERBOSE,
)
_SPECIAL = re.compile(
    r"""[\\`*\[\]<~|${]                # code, emphasis, links, HTML, strikes, tables, maths, templates
    | ^[-+=>:]                         # lists, quotes, underlines, table rules
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])
    | &(?=[\#A-Za-z])                  # entities
    | ^\# | (?<!\S)\#(?=\#*$)           # opens or closes a heading
    | (?<=/)/ | (?<=\S)@(?=\S)         # autolinks: scheme, address,
    | (?<=\S)\.(?=[^\W\d_]{2}|[^\x00-\x7f])   # host name""",
    re.VERBOSE,
)
_ORDERED_START = re.compile(r"^(\d{1,9})(?=[.)](?: |$))")
_ITEM = re.compile(r"[-*•]\s+(?=\S)")
_NUMBERED = re.compile(r"\d{1,9}[.)]\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph or one item of a list."""

    #: One line, unescaped, blanks collapsed.
    text: str
    #: Whether it is an item of a list.
    is_item: bool


def _is_unseen(char: str) -> bool:
    category = unicodedata.category(char)
    if category in {"Cc", "Cs"}:
        return not char.isspace()
    if category == "Cf":
        return char not in _SEEN_FORMATS and char not in _JOINERS
    code = ord(char)
    return char in _FILLERS or code & 0xFFFE == 0xFFFE or code in _FIRST_NONCHARACTERS  # noqa: PLR2004 -- Unicode


def _kept_joiner(match: re.Match[str]) -> str:
    before, after = match["before"], match["after"]
    visible = bool(before.strip() and after.strip())
    joiner = match["run"][0] if visible and not (before + after).isascii() else ""
    return before + joiner


def strip_unseen(text: str) -> str:
    """Take out what a reader cannot see: controls, bidi and format characters, fillers, stray joiners.

    Kept are white space, the joiners that scripts and emoji need, one variation selector per character. NFC.
    """
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(char for char in text if not _is_unseen(char))
    seen = _STRAY_VARIANT.sub("", unicodedata.normalize("NFC", seen))
    return unicodedata.normalize("NFC", _JOINER_RUN.sub(_kept_joiner, seen))


def one_line(text: str) -> str:
    """Return the visible text on one line, blanks collapsed."""
    return " ".join(strip_unseen(text).split())


def folded(text: str) -> str:
    """Return the line by which names and questions are compared: without regard to case."""
    return one_line(text).casefold()


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_inside_grapheme(text: str, index: int) -> bool:
    """Whether a cut before `index` would split what a reader takes for one character."""
    before, char = text[index - 1], text[index]
    if before == "\u200d" or char in _JOINERS or unicodedata.category(char)[0] == "M":
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\u1160" <= char <= "\u11ff":
        return True
    if not (_is_regional(before) and _is_regional(char)):
        return False
    head = text[:index]
    flags = len(head) - len(head.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
    return flags % 2 == 1


def cut(text: str, limit: int) -> str:
    """Shorten to `limit` (≥ 1) characters with an ellipsis, not inside a grapheme if there is a choice."""
    if len(text) <= limit:
        return text
    index = limit - 1
    while index > 0 and _is_inside_grapheme(text, index):
        index -= 1
    return text[: index or limit - 1].rstrip() + _ELLIPSIS


def defuse(text: str) -> str:
    """Break mentions, references, issue addresses and CI switches by a zero-width space: it reads the same.

    For titles and commit messages as they are; for a Markdown body on top of `inline_markdown`.
    """
    return _LIVE.sub(_BREAK, text)


def pull_title(question: str, *, more: int = 0) -> str:
    """`Update FAQ - {question}`, inert, at most 200 characters; `more` counts the others of a batch."""
    tail = f" (+{more} more)" if more else ""
    return cut(f"Update FAQ - {defuse(one_line(question))}", TITLE_LENGTH - len(tail)) + tail


def commit_message(subject: str, *trace_ids: str) -> str:
    """One inert subject line and the trailers that find the commit. ValueError for an ill-shaped id."""
    if not all(map(TRACE_ID.fullmatch, trace_ids)):
        raise ValueError("a trace id holds only letters, digits and single hyphens")
    trailers = "".join(f"trace-id: {trace_id}\n" for trace_id in trace_ids)
    return f"{cut(defuse(one_line(subject)), TITLE_LENGTH)}\n\n{trailers}"


def merge_message(trace_ids: Iterable[str], *, is_squash: bool) -> str:
    """The body of what a merge makes: the trace ids of a squash, which alone speaks for its tasks.

    Else the tasks' own commits come along, and in the history each would seem to have been merged twice.
    """
    lines = [f"trace-id: {trace_id}" for trace_id in trace_ids]
    return "\n".join(lines) if is_squash else "The commits name their tasks."


def inline_markdown(text: str) -> str:
    """Escape a text so that it renders as itself inside one line of Markdown, also at the line's start."""
    escaped = _SPECIAL.sub(r"\\\g<0>", one_line(text))
    return _ORDERED_START.sub(r"\1\\", escaped)


def blocks(answer: str) -> list[Block]:
    """Read an answer as paragraphs and list items; lines that belong together are joined."""
    found: list[Block] = []
    is_open = False
    for raw in strip_unseen(answer).splitlines():
        line = " ".join(raw.split())
        item = _ITEM.match(line)
        if item:
            found.append(Block(text=line[item.end() :], is_item=True))
        elif line and is_open and not _NUMBERED.match(line):
            found[-1] = Block(text=f"{found[-1].text} {line}", is_item=found[-1].is_item)
        elif line:
            found.append(Block(text=line, is_item=False))
        is_open = bool(line)
    return found


def block_markdown(answer: str) -> str:
    """Escape an answer: paragraphs and `-` lists are kept as such, all else renders as itself."""
    text = ""
    was_item = False
    for block in blocks(answer):
        gap = "\n" if was_item and block.is_item else "\n\n"
        line = ("- " if block.is_item else "") + inline_markdown(block.text)
        text = f"{text}{gap}{line}" if text else line
        was_item = block.is_item
    return text
