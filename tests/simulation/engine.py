"""The scheduler: processes that interleave at every point and end anywhere, and a clock that only it moves.

There is one thread. Other processes go on *inside* a call of the one that is at a point, so whatever
two workers can do to each other between two commits happens here, in an order that the dice choose.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.db import connection

from closedloop.wiring import use
from tests.fakes.town import Unforeseen
from tests.fakes.watched import watched
from tests.simulation.errands import Errands
from tests.simulation.points import SELDOM, Passages
from tests.simulation.scene import Scene
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from closedloop.wiring import Ports
    from tests.simulation.character import Character

#: Processes inside each other's calls.
_DEEPEST = 3
_WORKERS = ("worker@one", "worker@two", "worker@three")
#: In front of an act that the forge would repeat, nothing but the client's time-out, which is shorter than
#: the lease, keeps a process from sleeping too long: there nobody else goes on.
_ALONE = frozenset({"writer.open_issue:before", "discussion.add_comment:before"})
#: How many points are passed until it is late in a run.
_LATE = 40
#: How often a process ends at a point that few runs pass.
_OFTEN = 0.3
#: How often a job whose process ended is given to another worker by the broker.
_REDELIVERED = 0.5


#: Ports whose calls change what others see.
_CHANGING = ("writer.", "git.", "discussion.")


class Ended(BaseException):
    """The process has ended here, as by `kill -9`: nothing of it runs any more."""


@dataclass(slots=True, kw_only=True)
class Process:
    """One job, request or sweep."""

    number: int
    is_sweep: bool = False
    #: It has ended; what still unwinds must have no effect.
    is_dead: bool = False


def _is_armed(error: Exception) -> bool:
    """Whether nothing came out but what no adapter should let out, alone or with others."""
    if isinstance(error, ExceptionGroup):
        return error.split(Unforeseen)[1] is None
    return isinstance(error, Unforeseen)


class Engine:
    """One run's processes and time."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.dice = random.Random(f"{character.seed} begins")
        self.ids = random.Random(f"{character.seed} ids")
        self.errands = Errands(
            clock=lambda: self.now,
            dice=lambda: self.dice,
            character=character,
            is_sweeping=lambda: any(process.is_sweep for process in self._stack[-1:]),
        )
        self.scene = Scene(character, self.errands)
        self.scene.town.forge.script.caller = lambda: self._stack[-1].number if self._stack else None
        self.weather = Weather(character)
        self.log: list[str] = []
        #: What no process may do.
        self.findings: list[str] = []
        self.passages = Passages()
        #: What anybody outside may do at a moment between two points; the drive fills it.
        self.outsiders: list[Callable[[], object]] = []
        self.is_calm = False
        self._stack: list[Process] = []
        self._born = 0
        #: Points at which a process might have ended before.
        self._tried: set[str] = set()
        ports = replace(self.scene.ports, courier=self.errands, new_id=self._new_id)
        world = watched(ports, self._pass)
        self._worlds = tuple(replace(world, worker=name) for name in _WORKERS)

    @property
    def now(self) -> datetime:
        """The time of this world."""
        return self.scene.town.now

    @property
    def ports(self) -> Ports:
        """The world as any process sees it."""
        return self.dice.choice(self._worlds)

    def say(self, text: str) -> None:
        """Write a line of the run's log."""
        at = (self.now - self.scene.began_at).total_seconds()
        self.log.append(f"{at:10.3f}  {'| ' * len(self._stack)}{text}")

    def calm(self, *, is_calm: bool = True) -> None:
        """From now on nothing goes wrong by chance, or again everything may."""
        self.is_calm = self.errands.is_calm = is_calm

    # -- processes

    def run(self, label: str, work: Callable[[], object], *, is_sweep: bool = False) -> bool:
        """Run something as a process of its own; False when it ended on the way."""
        self._born += 1
        self.say(label)
        process = Process(number=self._born, is_sweep=is_sweep)
        self._stack.append(process)
        try:
            with use(self.ports):
                work()
        except Ended:
            return False
        except Exception as error:  # noqa: BLE001 - whatever else a job lets out is a finding
            if not _is_armed(error):
                self.findings.append(f"{label} raised {error!r}")
            return False
        finally:
            self._stack.pop()
            self.scene.notice()
        return True

    def run_errand(self) -> bool:
        """Let one thing happen whose time has come; False when there is none."""
        errand = self.errands.take_due()
        if errand is None:
            return False
        if not errand.is_ours:
            self.say(errand.label)
            errand.work()
            self.scene.notice()
        elif not self.run(errand.label, errand.work) and self.dice.random() < _REDELIVERED:
            self.errands.post_job(errand.label, errand.work)
        return True

    def guard(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Django's execute wrapper: what is dead asks the database for nothing."""
        if self._stack and self._stack[-1].is_dead:
            raise Ended
        return execute(*arguments)

    # -- points

    def _pass(self, point: str) -> None:
        if not self._stack:
            return
        if self._stack[-1].is_dead:
            raise Ended
        is_first = point not in self.passages.passed
        self.passages.passed.add(point)
        if point.startswith(_CHANGING) and point.endswith(":after"):
            self.scene.notice()
        if is_first and self._ends_once(point):
            self._end(point)
        if not self.is_calm:
            self._disturb(point)

    def _ends_once(self, point: str) -> bool:
        """Whether the first process at this point ends there, even when all else goes well."""
        is_seldom = point.partition(":")[0] in SELDOM
        return point in self.character.ends_at or (is_seldom and self.dice.random() < _OFTEN)

    def _disturb(self, point: str) -> None:
        self._maybe_end(point)
        # Inside a transaction nobody else goes on: the database sees to that.
        if connection.in_atomic_block:
            return
        may_go_on = point not in _ALONE and len(self._stack) < _DEEPEST
        if may_go_on and self.dice.random() < self.character.interleaves:
            self._interlude(point)
        if trouble := self.weather.trouble_at(point, self.dice, self.now):
            self.say(f"! {point}: {trouble!r}")
            raise trouble

    def _maybe_end(self, point: str) -> None:
        character = self.character
        probability = character.ends_later
        if point not in self._tried:
            # What is reached late in a run is reached rarely: processes end there all the more.
            probability = character.ends_first * (1 + len(self._tried) / _LATE)
            self._tried.add(point)
        if point == character.cursed or self.dice.random() < probability:
            self._end(point)

    def _end(self, point: str) -> NoReturn:
        self.say(f"† {point}")
        self.passages.ended.add(point)
        self._stack[-1].is_dead = True
        raise Ended

    def _interlude(self, point: str) -> None:
        """Somebody else goes on while this process is at a point."""
        self.say(f"… at {point}")
        roll = self.dice.random()
        if roll < 0.55:
            self.run_errand()
        elif roll < 0.65:
            self.scene.town.now += timedelta(seconds=self.dice.choice((0.05, 0.5, 2)))
        elif roll < 0.75:
            self.sleep_beyond_lease()
        else:
            self.dice.choice(self.outsiders)()
        self.scene.notice()

    def sleep_beyond_lease(self) -> None:
        """The process sleeps for longer than its lease, and others take over what it holds."""
        self.scene.town.now += settings.LEASE + timedelta(seconds=1)
        self.outsiders[0]()
        for _ in range(self.dice.randint(1, 4)):
            self.run_errand()

    def _new_id(self) -> uuid.UUID:
        return uuid.UUID(int=self.ids.getrandbits(128), version=4)
