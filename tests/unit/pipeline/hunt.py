"""A lane in miniature: how many runs of CI it takes until every guilty task is found."""

from __future__ import annotations

from dataclasses import dataclass, field

from tasks_app.pipeline.bisect import (
    Outcome,
    Part,
    divide,
    holds_the_guilty,
    is_ci_ill,
    is_convicted,
    is_doubtful,
    sets_others_free,
)


@dataclass(eq=False)
class Suspects:
    """A part, with its family."""

    members: list[int]
    family: list[Suspects] = field(default_factory=list)
    outcome: Outcome = Outcome.WAITING

    def seen(self) -> Part:
        return Part(size=len(self.members), waiting=len(self.members), outcome=self.outcome)

    def holds_the_guilty(self) -> bool:
        return holds_the_guilty(self.seen(), [one.seen() for one in self.family if one is not self])


class Hunt:
    """Everybody, some of whom are guilty."""

    def __init__(self, count: int, guilty: set[int]) -> None:
        self.guilty, self.found, self.runs = guilty, set[int](), 0
        self.free, self.parts = list(range(count)), list[Suspects]()
        self.reds = [0] * count
        #: Red runs since the last green one, and who was left to people since there were too many.
        self.in_a_row, self.asked = 0, set[int]()

    def go_on(self) -> None:
        """One departure."""
        is_frees_turn = not self.parts or (is_doubtful(self.in_a_row) and self.free)
        here = Suspects(self.free) if is_frees_turn else self.parts.pop(0)
        if not here.family:
            self.free = []
        if here.holds_the_guilty() and (len(here.members) > 1 or is_convicted(self.reds[here.members[0]])):
            self._follow(here)
            return
        self.runs += 1
        if self.guilty.isdisjoint(here.members):
            here.outcome, self.in_a_row = Outcome.CLEARED, 0
            return
        self.in_a_row += 1
        for member in here.members:
            self.reds[member] += 1
        if len(here.members) > 1 and is_ci_ill(self.in_a_row):
            here.outcome = Outcome.RED
            self.asked |= set(here.members)
            return
        self._follow(here)

    def _follow(self, here: Suspects) -> None:
        here.outcome = Outcome.RED
        if here.family and sets_others_free(len(here.family)):
            for other in here.family:
                if other.outcome is Outcome.WAITING:
                    other.outcome = Outcome.VOID
                    self.parts.remove(other)
                    self.free += other.members
        if len(here.members) == 1:
            self.found |= set(here.members)
            return
        family = [Suspects(members) for members in divide(here.members)]
        for one in family:
            one.family = family
        self.parts = family + self.parts


def hunted(count: int, guilty: set[int]) -> Hunt:
    """Go on until everybody is merged, found or asked about."""
    hunt = Hunt(count, guilty)
    while hunt.free or hunt.parts:
        hunt.go_on()
    return hunt


def runs_to_find(count: int, guilty: set[int]) -> int:
    """Runs of CI until the guilty are found and all others are merged; nobody asks an operator."""
    hunt = hunted(count, guilty)
    assert (hunt.found, hunt.asked) == (guilty, set())
    return hunt.runs
