"""What became of each side, for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One side's run."""

    side: str
    submitted: int
    #: the last effect was had
    finished: int
    #: nothing of it is left anywhere
    lost: int
    #: something of it is left, and did not move within the patience after the last fault
    stuck: int
    #: effects that happened more than once
    doubled: int
    #: seconds from each kill to the next claim of a row that was worked on; empty where nobody claims
    recoveries_s: tuple[float, ...]


def table(results: Sequence[Result], kills: dict[str, dict[str, int]], lease_s: float) -> str:
    """The comparison."""
    faults = "; ".join(
        f"{side}: " + ", ".join(f"{n} {what}" for what, n in of.items()) for side, of in kills.items()
    )
    head = ("", "submitted", "finished", "lost", "stuck", "doubled", "recovery median", "worst")
    rows = [head, *(_row(result) for result in results)]
    lines = [
        "  ".join(f"{cell:>{max(len(title), 15)}}" for title, cell in zip(head, row, strict=True))
        for row in rows
    ]
    ours = results[0]
    limit_s = lease_s + 2
    is_met = not (ours.lost or ours.stuck or ours.doubled) and max(ours.recoveries_s, default=0) <= limit_s
    verdict = "met" if is_met else "MISSED"
    return "\n".join(
        [
            f"killed: {faults}",
            *lines,
            f"target: all finished, recovery ≤ lease + 2 s = {limit_s:g} s: {verdict}",
        ]
    )


def _row(result: Result) -> tuple[str, ...]:
    counts = (result.submitted, result.finished, result.lost, result.stuck, result.doubled)
    times = result.recoveries_s
    shown = (f"{median(times):.2f} s", f"{max(times):.2f} s") if times else ("never", "never")
    return (result.side, *map(str, counts), *shown)


def as_data(results: Sequence[Result]) -> list[dict[str, Any]]:
    """For programs."""
    return [asdict(result) for result in results]
