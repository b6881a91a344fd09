"""What is known about one thing, as chapters of plain values: for the admin's pages and for terminals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Unit, its length in seconds, and how many of it are still said in it.
_SCALES = (("s", 1.0, 100.0), ("min", 60.0, 100.0), ("h", 3600.0, 48.0))
_DAY_S = 86_400.0
#: Two slashes would name another host.
_OWN_PATH = re.compile(r"/[\w-]")


class Tone(StrEnum):
    """How a badge speaks."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    BUSY = "busy"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A word with a colour."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Something to be copied: a sha, an id, a branch."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Text of strangers or of the model, in any script; its lines are kept."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address outside; shown as text unless it is one that a browser may be sent to."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Another row of ours."""

    text: str
    #: `app_label.modelname`.
    model: str
    pk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stretch of a longer time."""

    lasted: timedelta
    #: Where it begins and how long it is, as shares (0..1) of the whole.
    begins: float
    share: float
    tone: Tone


Value = None | bool | int | float | str | datetime | timedelta | Badge | Code | Prose | Link | Ref | Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value with its name."""

    #: snake_case; readers see it with blanks.
    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of values under names."""

    #: What the rows are, snake_case.
    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One part of a story."""

    #: snake_case, once per story.
    name: str
    #: What readers see above it.
    title: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    #: Where to look further.
    links: tuple[Link, ...] = ()


def facts(**named: Value) -> tuple[Fact, ...]:
    """Facts in the order given; what is not known (None or empty text) is left out."""
    return tuple(Fact(name=name, value=value) for name, value in named.items() if not is_blank(value))


def is_blank(value: Value) -> bool:
    """Whether there is nothing to read."""
    match value:
        case None | "":
            return True
        case Badge() | Code() | Prose() | Link() | Ref():
            return not value.text
        case _:
            return False


def spell(lasted: timedelta) -> str:
    """A duration as people say it: `85 ms`, `12.3 s`, `4.5 min`, `2.0 h`, `3.1 d`."""
    seconds = lasted.total_seconds()
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size, limit in _SCALES:
        if seconds < size * limit:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / _DAY_S:.1f} d"


def coarse(lasted: timedelta) -> str:
    """A duration where only its size matters: `42 s`, `5 min`, `3 h`, `12 d`; never negative."""
    seconds = max(lasted.total_seconds(), 0.0)
    for unit, size, limit in _SCALES:
        if seconds < size * limit:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // _DAY_S:.0f} d"


def is_address(url: str) -> bool:
    """Whether a browser may be sent there: the web, or a path of our own."""
    return url.startswith(("https://", "http://")) or _OWN_PATH.match(url) is not None
