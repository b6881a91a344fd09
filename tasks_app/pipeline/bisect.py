"""Finding the guilty task in a pull request whose checks are red. Pure.

A red party is divided; each part travels by itself. A green part is merged and its tasks are through. Parts
of one division are a *family*: when all but one of them went through, the last one holds the guilty task,
which costs no further run of CI to know.

From 32 tasks on a party is divided into quarters, because one that large more often holds several guilty
ones; below that into halves. Of halves the one that turns red is followed, and the other one, of which
nothing is known, goes back to everybody else. One guilty among n is found with at most 2·log2(n) + 1 runs,
three among 64 with at most 20; a test counts both. Where everything is red, it is not the tasks: then people
are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

M = TypeVar("M")

_HALVES, _QUARTERS = 2, 4
#: Parties of this size on are divided into quarters.
_LARGE = 32
#: Whoever was aboard so many red pull requests needs no run of its own when everybody else went through.
_ENOUGH_REDS = 2
#: So many red pull requests in a row are doubtful: three guilty ones among 64 cause fewer. Those who were set
#: free go next then: they are likely innocent, and green says that CI is well.
DOUBTFUL_REDS = 17
#: So many are not the tasks' fault: ten guilty ones among 100 cause fewer.
TOO_MANY_REDS = 24


class Outcome(StrEnum):
    """What became of a part."""

    WAITING = "waiting"
    #: All of it was merged.
    CLEARED = "cleared"
    RED = "red"
    #: It fell apart, so that nothing follows for the other parts.
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a divided party."""

    #: How many tasks it had when the party was divided.
    size: int
    #: How many of them still wait as a part of it.
    waiting: int
    outcome: Outcome


def divide(members: Sequence[M]) -> list[list[M]]:
    """The parts of a party of at least two, in its order; sizes differ by one at most."""
    count = _QUARTERS if len(members) >= _LARGE else _HALVES
    cuts = [ceil(len(members) * number / count) for number in range(count + 1)]
    return [list(members[begin:end]) for begin, end in pairwise(cuts)]


def sets_others_free(parts: int) -> bool:
    """Whether a red part tells so much that the other parts of its family need not travel by themselves."""
    return parts == _HALVES


def holds_the_guilty(part: Part, others: Sequence[Part]) -> bool:
    """Whether nobody else in the family is left who could have turned the party red."""
    is_whole = part.outcome is Outcome.WAITING and part.waiting == part.size
    return is_whole and bool(others) and all(other.outcome is Outcome.CLEARED for other in others)


def is_ci_ill(reds_in_a_row: int) -> bool:
    """Whether so many red pull requests, one after the other, speak against CI or the base branch."""
    return reds_in_a_row >= TOO_MANY_REDS


def is_doubtful(reds_in_a_row: int) -> bool:
    """Whether to try those next who are likely innocent, before more suspects are."""
    return reds_in_a_row >= DOUBTFUL_REDS


def is_convicted(reds: int) -> bool:
    """Whether the last one left fails without a run of its own.

    One red run proves too little: the base may have been broken, or CI ill, for just that long.
    """
    return reds >= _ENOUGH_REDS
