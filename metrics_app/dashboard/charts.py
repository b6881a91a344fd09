"""Bars as plain numbers for a server-rendered SVG: no script, no style, one element per value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 480.0, 96.0
_GAP = 0.28
#: A value above zero is at least this high, so that it is seen.
_SMALLEST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A coloured piece of a column."""

    #: Class name in the style sheet: good | bad | slow | plain.
    tone: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One place on the axis, its parts stacked from the ground up."""

    #: What a reader sees when pointing at it.
    title: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> float:
        """The whole height in units of the values."""
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing of WIDTH × HEIGHT."""

    bars: tuple[Bar, ...]
    #: Height of the dashed line of the objective; None when there is none.
    line_y: float | None
    #: The highest value drawn.
    top: float

    width: float = WIDTH
    height: float = HEIGHT


def draw(columns: Sequence[Column], *, line: float | None = None) -> Chart:
    """Lay the columns side by side, scaled so that the highest (or the line) fits."""
    top = max([*(column.total for column in columns), line or 0.0, 0.0])
    bars: list[Bar] = []
    pitch = WIDTH / max(len(columns), 1)
    for index, column in enumerate(columns):
        bars += _stack(column, x=pitch * (index + _GAP / 2), width=pitch * (1 - _GAP), top=top)
    line_y = None if line is None or not top else round(HEIGHT - line / top * HEIGHT, 1)
    return Chart(bars=tuple(bars), line_y=line_y, top=top)


def _stack(column: Column, *, x: float, width: float, top: float) -> list[Bar]:
    ground = HEIGHT
    bars = []
    for part in column.parts:
        if part.value <= 0:
            continue
        height = max(part.value / top * HEIGHT, _SMALLEST)
        ground = max(ground - height, 0.0)
        bars.append(
            Bar(
                x=round(x, 1),
                y=round(ground, 1),
                width=round(width, 1),
                height=round(height, 1),
                tone=part.tone,
                title=column.title,
            )
        )
    return bars
