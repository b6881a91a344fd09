"""What is outside: the forge with its persons and CI, the site, and the webhooks they send."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from closedloop.ports.forge import CheckOutcome
from closedloop.wiring import ports
from tasks_app.services.inbox import Delivery, receive
from tests.fakes.town import Town
from tests.simulation.forge import SlowDiscussion, SlowForge

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from tests.simulation.character import Character
    from tests.simulation.errands import Errands

THINGS = ("Export", "Import", "Backup", "Webhook", "Invoice", "Notebook")
DOCUMENT = "# More\n\n" + "\n\n".join(
    f"## {thing}s\n\nThe {thing} window shows {number}0 rows per page."
    for number, thing in enumerate(THINGS, 1)
)
CHECKS = ("lint", "smoke")


class Scene:
    """Everything outside the services. `notice` lets CI, site and hooks see what has changed."""

    def __init__(self, character: Character, errands: Errands) -> None:
        self.character, self.errands = character, errands
        self.dice = random.Random(f"{character.seed} scene")
        self.town = Town()
        self.world = self.town.world
        self.began_at = self.town.now
        self.town.forge = self.forge = SlowForge(self.town.forge, character.lag)
        self.town.discussion = self.discussion = SlowDiscussion(self.town.discussion, character.lag)
        names, is_enforced, is_readable = character.protection
        self.world.has_runs = character.has_runs
        chance = random.Random(f"{character.seed} second runs")
        self.world.second_runs = chance.choices([CheckOutcome.SUCCESS, CheckOutcome.FAILURE], k=20)
        self.world.require(*names, is_readable=is_readable, is_enforced=is_enforced)
        gate, queue = character.gate, self.world.queue
        self.world.rules, self.world.wants_more = gate.rules, gate.wants_more
        self.world.is_strict, self.world.shows_behind = gate.is_strict, gate.shows_behind
        queue.ci, queue.takes = gate.queue_ci, gate.queue_takes
        self.town.own_checks.dislikes = character.dislikes or ()
        self.world.ci, self.world.looks_until_mergeable = None, character.looks_until_mergeable
        self.world.push("main", {"docs/more.md": DOCUMENT})
        self.world.open_foreign_pull("orchestrator/faq-evil", {"docs/FAQ.md": "evil"})
        self.site = Site(self)
        self.town.deployer.version = self.site.version
        #: How CI behaves towards heads it has not seen: green, slow, red, flaky, partial or never.
        self.ci_moods: tuple[str, ...] = ("green",)
        self._checked: set[str] = {pull.head_sha for pull in self.world.pulls.values()}
        self._seen = self._picture()
        self._deliveries = 0
        #: How often persons deleted a branch of this name.
        self.deleted: Counter[str] = Counter()

    @property
    def ports(self) -> Ports:
        """The world as services see it, before anything is put around it."""
        return self.town.ports

    @property
    def main(self) -> str:
        """Head of the base branch."""
        return self.world.repository.branches["main"]

    def notice(self) -> None:
        """Let CI begin on new heads and hooks tell of what has changed since the last time."""
        self.forge.notice()
        self.discussion.notice()
        picture = self._picture()
        if picture == self._seen:
            return
        for key, value in picture.items():
            if self._seen.get(key) != value:
                self._changed(key, value)
        self._seen = picture

    def _picture(self) -> dict[Any, Any]:
        pulls = {p.number: (p.state, p.head_sha) for p in self.world.pulls.values() if not p.is_fork}
        return {"main": self.main, **pulls}

    def _changed(self, key: Any, value: Any) -> None:
        if key == "main":
            self.site.follow(value)
            self.hook("push", {"after": value})
            return
        state, head = value
        self.hook("pull_request", {"action": state, "pull_request": {"number": key, "head": {"sha": head}}})
        if head not in self._checked:
            self._checked.add(head)
            self._begin_checks(head, self.dice.choice(self.ci_moods))

    # -- CI

    def _begin_checks(self, head: str, mood: str) -> None:
        for name in CHECKS:
            after = timedelta(seconds=self.dice.choice((0.2, 3, 20)) * (40 if mood == "slow" else 1))
            outcome = CheckOutcome.SUCCESS
            if mood == "never" or (mood == "partial" and name == "smoke"):
                continue
            if mood in {"red", "flaky"} and self.dice.random() < 0.6:
                outcome = CheckOutcome.FAILURE
                if mood == "flaky":
                    self.report_later(head, name, CheckOutcome.SUCCESS, after * 2)
            self.report_later(head, name, outcome, after)

    def report_later(self, head: str, name: str, outcome: CheckOutcome, after: timedelta) -> None:
        """Let CI report at a time to come."""
        label = f"CI says {outcome} of {name} on {head[:7]}"
        self.errands.add(label, lambda: self.report(head, name, outcome), after=after)

    def report(self, head: str, name: str, outcome: CheckOutcome) -> None:
        """Let CI report now."""
        self.world.report(head, name, outcome)
        self.hook("check_run", {"action": "completed", "check_run": {"head_sha": head}})

    def redden_base(self, count: int) -> None:
        """CI runs on the base as well: so many checks fail there."""
        for name in CHECKS[:count]:
            self.report(self.main, name, CheckOutcome.FAILURE)

    def all_green(self) -> None:
        """Let CI finish everything that is open, green, and the forge want nothing more."""
        self.world.wants_more = False
        for pull in self.world.pulls.values():
            if pull.state == "open" and not pull.is_fork:
                for name in CHECKS:
                    self.report(pull.head_sha, name, CheckOutcome.SUCCESS)

    # -- hooks

    def hook(self, event: str, payload: dict[str, Any]) -> None:
        """Send a webhook: late, twice, out of order, or never."""
        if self.character.loses_webhooks and not self.errands.is_calm:
            return
        self._deliveries += 1
        known = {"repository": {"full_name": "acme/handbook"}, **payload}
        delivery = Delivery(delivery_id=f"delivery-{self._deliveries}", event=event, payload=known)
        for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
            late = timedelta(seconds=self.dice.choice((0, 0.1, 1, 30, 4000)))
            self.errands.add(f"webhook {event}", lambda: receive(delivery, ports()), after=late, is_ours=True)


class Site:
    """The live site: it follows the base branch, sooner or later or not at all."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.delay = timedelta(0)
        #: What it says of itself instead of the truth; None for the truth.
        self.claims: str | None = None
        self.is_stalled = False
        self._deployed = [(scene.town.now, scene.main)]
        self._live = scene.main

    def follow(self, sha: str) -> None:
        """The base branch has moved."""
        self._deployed.append((self.scene.town.now, sha))

    def version(self) -> str:
        """What it reports."""
        if not self.is_stalled:
            at = self.scene.town.now - self.delay
            self._live = next((sha for since, sha in reversed(self._deployed) if since <= at), self._live)
        return self._live if self.claims is None else self.claims
