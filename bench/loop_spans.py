"""When the sandbox was busy: the union of the intervals that it logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Begin and end by `time.time()`, in seconds.
Interval = tuple[float, float]


def intervals(log: Iterable[dict[str, Any]], *kinds: str) -> list[Interval]:
    """The logged spans of these kinds (all, if none is named)."""
    return [(one["wall_start"], one["wall_end"]) for one in log if not kinds or one["kind"] in kinds]


def union(found: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps, in order."""
    merged: list[Interval] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def busy_s(united: Sequence[Interval], begin: float, end: float) -> float:
    """Seconds of a union that lie between two times."""
    return sum(max(0.0, min(end, stop) - max(begin, start)) for start, stop in united)
