"""One run: a character, its steps of disorder, the healing, and what must hold all along."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max
from django.test.utils import override_settings

from rollback_app.models import Release, Rollback
from tasks_app.models import PullRequest, Task
from tasks_app.pipeline.states import State
from tasks_app.services import learning
from tests.fakes.memory import forget_everything
from tests.fakes.town import extract
from tests.simulation import database, pace, people, records
from tests.simulation.character import Character, draw
from tests.simulation.clients import Clients
from tests.simulation.engine import Engine
from tests.simulation.invariants import Watcher
from tests.simulation.operators import Desk
from tests.simulation.outcome import Outcome
from tests.simulation.weather import KINDS, PORTS, Spell

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from closedloop.ports.llm import ChatRequest

#: After the last trouble every task is settled, or waits for an operator by name, within so much time.
CONVERGES_WITHIN = timedelta(hours=2)
#: How soon operators answer once people have calmed down.
_ANSWERED_WITHIN = timedelta(minutes=2)
#: What was under way arrives until then.
_LATEST = timedelta(seconds=30)
#: Longer than any task may wait for anything but a person.
_A_NIGHT = timedelta(hours=7)
_MOODS = ("green", "slow", "red", "flaky", "partial", "never")


class Drive:
    """One run; `steps` numbers those that are done, the others are left out."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.engine = Engine(character)
        self.desk, self.clients = Desk(self.engine), Clients(self.engine)
        self.watcher = Watcher(self.engine, self.desk, self.clients)
        self.engine.outsiders = [lambda: pace.beat(self.engine), self.desk.press_any, self.clients.ask]
        if "people" in character.knows:
            self.engine.outsiders += [partial(act, self.engine) for act in people.ANYWHERE]
        if "theirs" in character.knows:
            self.engine.outsiders += [partial(act, self.engine) for act in people.OURS]
        self._acts = self._known_acts()

    def warm_up(self) -> None:
        """Let the disorder meet work at every stage: begin with some that went well so far."""
        if self.character.stacks:
            self._learn_how_long_ci_takes()
        if self.character.is_sick:
            self.engine.scene.town.prober.fail()
        if self.character.warm_up:
            self.engine.calm()
            self.clients.ask_many()
            pace.walk(self.engine, self.character.warm_up)
            self.engine.calm(is_calm=False)

    def _learn_how_long_ci_takes(self) -> None:
        took = timedelta(seconds=self.engine.dice.choice((1, 8, 30)))
        for _ in range(3):
            learning.learn_stay(State.AWAITING_CI, self.engine.now - took, now=self.engine.now)

    def step(self, number: int) -> None:
        """Do one random thing, let some of what it causes happen, and look whether all is well."""
        engine = self.engine
        engine.dice = random.Random(f"{self.character.seed} step {number}")
        engine.say(f"== step {number}")
        engine.dice.choice(self._acts)()
        engine.scene.notice()
        for _ in range(engine.dice.choice((0, 2, 5, 20))):
            if not engine.run_errand():
                break
        self.watcher.look()

    def heal(self) -> timedelta:
        """Everything works again, people wait, and operators answer what asks for them."""
        engine = self.engine
        engine.dice = random.Random(f"{self.character.seed} heals")
        engine.calm()
        engine.say("== healed")
        scene = engine.scene
        scene.ci_moods, scene.town.model.content, scene.town.prober.forced = ("green",), extract, None
        scene.site.claims, scene.site.is_stalled, scene.site.delay = None, False, timedelta(0)
        scene.world.looks_until_mergeable = 0
        self.engine.errands.hurry(_LATEST)
        scene.all_green()
        began = engine.now
        self._come_to_rest()
        self.watcher.look()
        self.watcher.require_rest()
        rows = (Task, PullRequest, Release, Rollback)
        moved: list[datetime | None] = [row.objects.aggregate(at=Max("entered_at"))["at"] for row in rows]
        return max([began, *filter(None, moved)]) - began

    def _come_to_rest(self) -> None:
        """Operators answer each rollback that asks, as long as one does: it keeps its lane frozen."""
        end = self.engine.now + CONVERGES_WITHIN
        while self.engine.now < end:
            began = self.engine.now
            is_at_rest = pace.walk(self.engine, _ANSWERED_WITHIN)
            if self.desk.is_asked():
                self.engine.dice.choice((self.desk.stop, self.desk.stop, self.desk.go_on))()
            elif is_at_rest:
                return
            else:
                self.engine.scene.town.now = max(self.engine.now, began + _ANSWERED_WITHIN)

    # -- acts

    def _known_acts(self) -> list[Callable[[], object]]:
        groups: dict[str, list[Callable[[], object]]] = {
            "ci": [self._turn_ci, self._turn_ci],
            "site": [self._turn_site, self._turn_health],
            "people": [lambda: self._person(people.ANYWHERE)],
            "theirs": [lambda: self._person(people.OURS)],
            "operators": [self.desk.press_any, self.desk.press_any, self.desk.retry],
            "weather": [self._turn_weather, self._turn_weather],
            "model": [self._turn_model],
            "time": [lambda: self._pass_time(900.0)],
        }
        always = [self.clients.ask, self.clients.ask_many, *[self._pass_some_time] * 4]
        always += [self._turn_health, self.desk.press_any] if self.character.is_sick else []
        always += [self._suspend] * 2 if self.character.is_suspended else []
        known = [act for group in sorted(self.character.knows) for act in groups[group]]
        return [*always, *known]

    def _pass_some_time(self) -> None:
        self._pass_time(self.engine.dice.choice((0.5, 5.0, 40.0, 40.0, 120.0)))

    def _pass_time(self, seconds: float) -> None:
        self.engine.say(f"{seconds} s go by")
        # A curse shows only when a step was lost very often.
        pace.walk(self.engine, timedelta(seconds=seconds), laps=300 if self.character.cursed else 25)

    def _suspend(self) -> None:
        self.engine.say("all machines are off for a night")
        self.engine.scene.town.now += _A_NIGHT

    def _person(self, acts: tuple[Callable[[Engine], None], ...]) -> None:
        self.engine.dice.choice(acts)(self.engine)

    def _turn_ci(self) -> None:
        moods = tuple(self.engine.dice.choices(_MOODS, k=2))
        self.engine.say(f"CI is {moods}")
        self.engine.scene.ci_moods = moods
        self.engine.scene.redden_base(moods.count("red"))

    def _turn_site(self) -> None:
        dice, site = self.engine.dice, self.engine.scene.site
        site.is_stalled = dice.random() < 0.4
        site.delay = timedelta(seconds=dice.choice((0, 0, 20, 200, 1000)))
        site.claims = dice.choice((None, None, None, "unknown", ""))
        self.engine.say(f"the site: stalled {site.is_stalled}, late {site.delay}, claims {site.claims!r}")

    def _turn_health(self) -> None:
        prober = self.engine.scene.town.prober
        if self.engine.dice.random() < 0.6:
            prober.fail()
        else:
            prober.forced = None
        self.engine.say(f"probes: {prober.forced}")

    def _turn_weather(self) -> None:
        dice = self.engine.dice
        prefix, kind = dice.choice((*PORTS, "writer.merge_pull", "git.publish_branch")), dice.choice(KINDS)
        until = self.engine.now + timedelta(seconds=dice.choice((5, 60, 600, 4000)))
        self.engine.weather.spells.append(
            Spell(prefix=prefix, kind=kind, until=until, share=dice.choice((0.3, 1)))
        )
        self.engine.errands.is_away = dice.random() < 0.1
        self.engine.say(f"{prefix} is {kind.code} for a while")

    def _turn_model(self) -> None:
        replies: list[str | Callable[[ChatRequest], str]] = [
            extract, extract, "", "{", "I cannot help with that.", "<html>502</html>", "x" * 1_000_000,
            json.dumps({"section": "General", "answer": "", "sources": []}),
        ]  # fmt: skip
        chosen = self.engine.dice.choice(replies)
        self.engine.scene.town.model.content = chosen
        self.engine.say(f"the model says {chosen[:30] if isinstance(chosen, str) else 'what is right'!r}")


def run(seed: int, *, only: frozenset[int] | None = None) -> Outcome:
    """Run a seed; `only` leaves every other step out."""
    character = draw(seed)
    database.empty()
    forget_everything()
    with override_settings(**character.in_force()):
        drive = Drive(character)
        rest = timedelta(0)
        with connection.execute_wrapper(drive.engine.guard):
            drive.warm_up()
            for number in range(character.steps):
                if (only is None or number in only) and not drive.watcher.findings:
                    drive.step(number)
            if not drive.watcher.findings:
                rest = drive.heal()
    drive.engine.say(f"{len(drive.clients.answers)} asked")
    return Outcome(
        seed=seed,
        findings=tuple(drive.watcher.findings),
        log=tuple(drive.engine.log),
        records=tuple(records.of(drive.engine.scene)),
        passages=drive.engine.passages,
        rest_after=rest,
    )
