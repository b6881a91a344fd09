"""What fails at the ports: by chance at any call, or for a while at some of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.ports import errors
from tests.fakes.town import Unforeseen

if TYPE_CHECKING:
    import random
    from datetime import datetime

    from tests.simulation.character import Character

#: Ports that may fail at all: the others promise never to raise.
PORTS = ("content", "pulls", "writer", "git", "own_checks", "discussion", "model", "deployer", "notifier")
#: Those that act, hence may have acted when their answer is lost.
_ACTING = frozenset({"writer", "git", "discussion.add_comment", "notifier", "model"})
KINDS: tuple[type[errors.PortError], ...] = (
    errors.Unavailable,
    errors.Unknown,
    errors.RateLimited,
    errors.Unauthorized,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.Refused,
    errors.BadReply,
)
#: The passing ones are what most days bring.
_BY_CHANCE = (*KINDS, *[errors.Unavailable] * 6, *[errors.Unknown] * 6, errors.RateLimited)
_RETRY_AFTER_S = (None, None, 1, 60, 900)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Calls of some points fail for a while."""

    prefix: str
    kind: type[errors.PortError]
    until: datetime
    #: Of how many calls.
    share: float


@dataclass(slots=True)
class Weather:
    """What goes wrong now."""

    character: Character
    spells: list[Spell] = field(default_factory=list)

    def trouble_at(self, point: str, dice: random.Random, now: datetime) -> Exception | None:
        """What the call at this point raises, if anything."""
        name, _, side = point.partition(":")
        if "." not in name or name.partition(".")[0] not in PORTS:
            return None
        if side == "before":
            return self._before(name, dice, now)
        return self._after(name, dice)

    def _before(self, name: str, dice: random.Random, now: datetime) -> Exception | None:
        self.spells = [spell for spell in self.spells if spell.until > now]
        for spell in self.spells:
            if name.startswith(spell.prefix) and dice.random() < spell.share:
                return spell.kind(f"{spell.kind.code} for a while")
        if dice.random() >= self.character.fails:
            return None
        if dice.random() < 0.05:
            return Unforeseen()
        return one(dice.choice(_BY_CHANCE), dice, now)

    def _after(self, name: str, dice: random.Random) -> Exception | None:
        """It was done, and the answer is lost."""
        if dice.random() >= self.character.fails:
            return None
        acts = name in _ACTING or name.partition(".")[0] in _ACTING
        return errors.Unknown("the answer was lost") if acts else errors.Unavailable("the answer was lost")


def one(kind: type[errors.PortError], dice: random.Random, now: datetime) -> errors.PortError:
    """An error of this kind; one that asks to slow down may say for how long."""
    after_s = dice.choice(_RETRY_AFTER_S) if kind is errors.RateLimited else None
    return kind("by chance", retry_at=now + timedelta(seconds=after_s) if after_s else None)
