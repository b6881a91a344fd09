"""Is it healthy, and must it be taken back? Pure, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A change is taken back when this many rounds in a row were bad: one bad reading proves nothing.
BAD_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One finished probe."""

    kind: str
    is_ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """Every probe of the last round was good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """The last round was bad, but not often enough to act on."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhealthy:
    """Bad in every one of the last rounds."""

    reasons: tuple[str, ...]


Verdict = Healthy | LookAgain | Unhealthy


def judge_rounds(rounds: Sequence[Sequence[Reading]], *, is_late: bool) -> Verdict:
    """Judge the finished rounds, oldest first; at least one must be given.

    `is_late` says that the time for verification is over: then a bad last round is enough.
    """
    reasons = tuple(f"{reading.kind}: {reading.detail}" for reading in rounds[-1] if not reading.is_ok)
    if not reasons:
        return Healthy()
    recent = rounds[-BAD_ROUNDS:]
    is_bad_throughout = len(recent) == BAD_ROUNDS and all(any(not r.is_ok for r in one) for one in recent)
    return Unhealthy(reasons=reasons) if is_bad_throughout or is_late else LookAgain(reasons=reasons)
