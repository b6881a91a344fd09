"""When what is submitted and killed: the same times for both sides. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is killed."""

    CHILD = "child"
    PARENT = "parent"
    #: The first of them keeps what it had on disk, the next restarts empty, and so on.
    REDIS = "redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much happens."""

    tasks: int
    children: int
    parents: int
    redises: int
    #: seconds over which the faults are spread
    span_s: float


#: What the product is measured by.
FULL = Size(tasks=100, children=10, parents=5, redises=2, span_s=150.0)

#: The share of the tasks that come at once at the beginning; the rest comes in waves.
_AT_ONCE = 0.4
_WAVES = 10


def faults(size: Size) -> list[tuple[float, Fault]]:
    """Seconds after the start and what is killed then: evenly spread, each kind among the others."""
    counts = {Fault.CHILD: size.children, Fault.PARENT: size.parents, Fault.REDIS: size.redises}
    places = sorted(
        ((number + 0.5) / count, kind) for kind, count in counts.items() for number in range(count)
    )
    step = size.span_s / len(places)
    return [(step * (number + 0.5), kind) for number, (_, kind) in enumerate(places)]


def waves(size: Size) -> list[tuple[float, int]]:
    """Seconds after the start and how many tasks are submitted then."""
    first = round(size.tasks * _AT_ONCE)
    rest, later = size.tasks - first, []
    for number in range(_WAVES):
        count = rest * (number + 1) // _WAVES - rest * number // _WAVES
        later.append((size.span_s * (number + 0.9) / _WAVES, count))
    return [(0.0, first), *later]
