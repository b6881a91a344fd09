"""A seeded drive over the town: clients, operators, people, CI, the site and bad luck, in any order."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from closedloop.ports.errors import Conflict, Forbidden, PortError, RateLimited, Refused, Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome, MergeOrder
from rollback_app.models import Rollback
from rollback_app.services.operator import give_up_rollback, resume_rollback, roll_back
from tasks_app.models import PullRequest, Task
from tasks_app.services.errors import ServiceError
from tasks_app.services.operator import cancel_task, retry_task
from tests.fakes.town import Unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.town import Town

THINGS = ("Export", "Import", "Backup", "Webhook", "Invoice", "Notebook")
DOCUMENT = "# More\n\n" + "\n\n".join(
    f"## {thing}s\n\nThe {thing} window shows {number}0 rows per page."
    for number, thing in enumerate(THINGS, 1)
)
READS = ("branch_sha", "file_at", "documents_at", "look_at", "find_pull", "changed_files", "required_checks")
WRITES = (
    "publish_branch",
    "open_pull",
    "merge_pull",
    "close_pull",
    "delete_branch",
    "create_tag",
    "open_issue",
)
PASSING: tuple[type[PortError], ...] = (Unavailable, Unknown)
HARSH: tuple[type[PortError], ...] = (Refused, Conflict, Forbidden, RateLimited)
_OUTCOMES = [CheckOutcome.SUCCESS] * 3 + [CheckOutcome.FAILURE, None]


class Drive:
    """One run; `step` does one random thing and lets workers go on."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.world = town, town.world
        self.dice = random.Random(seed)
        self.log: list[str] = []
        town.workers_may_die = True
        self.world.push("main", {"docs/more.md": DOCUMENT})
        self.foreign = self.world.open_foreign_pull("orchestrator/faq-evil", {"docs/FAQ.md": "evil"})
        self.acts: list[Callable[[], object]] = [
            self.ask, self.ask, self.ask, self.pass_time, self.pass_time, self.pass_time, self.break_a_read,
            self.break_a_write, self.break_a_write, self.let_a_worker_die, self.pause_a_worker,
            self.lose_messages, self.double_messages, self.let_ci_say, self.turn_the_site, self.stop_deploys,
            self.a_person_pushes, self.a_person_acts_on_a_pull, self.an_operator_acts, self.an_operator_acts,
        ]  # fmt: skip

    def step(self) -> None:
        act = self.dice.choice(self.acts)
        self.log.append(act.__name__)
        act()
        self.town.work_off()

    def heal(self) -> None:
        """Everything works again, and stays so; what asks for an operator gets one, who lets merges go on."""
        town = self.town
        for port in (town.forge, town.model, town.prober, town.deployer, town.notifier):
            port.script.forget()
        town.prober.forced, town.courier.loses_next = None, set()
        town.deployer.version = lambda: self.world.repository.branches["main"]
        self.world.ci = CheckOutcome.SUCCESS
        for pull in self.world.pulls.values():
            if pull.state == "open" and not pull.is_fork:
                self.report(pull.head_sha, CheckOutcome.SUCCESS)
        town.settle(within=timedelta(minutes=5))
        for rollback in Rollback.objects.filter(state="needs_operator"):
            give_up_rollback(rollback.pk, actor="olga", reason="healed", ports=town.ports)
        town.settle(within=timedelta(hours=8))

    # -- clients and time

    def ask(self) -> None:
        thing = self.dice.choice(THINGS)
        with suppress(Unforeseen):
            self.town.ask(f"How many rows per page does the {thing} window show?")

    def pass_time(self) -> None:
        self.town.settle(within=timedelta(seconds=self.dice.choice([0.2, 1, 5, 60, 900])))

    # -- bad luck

    def break_a_read(self) -> None:
        error = self.dice.choice([Unavailable("502"), Unavailable("504"), RateLimited("slow")])
        self.town.forge.script.arm(self.dice.choice(READS), error, times=self.dice.randint(1, 3))

    def break_a_write(self) -> None:
        method, kind = self.dice.choice(WRITES), self.dice.choice(PASSING + PASSING + HARSH)
        after = kind is Unknown and self.dice.random() < 0.7
        self.town.forge.script.arm(method, kind("chaos"), after_effect=after)

    def let_a_worker_die(self) -> None:
        if self.dice.random() < 0.3:
            self.town.courier.dies_next = True
            return
        after = self.dice.random() < 0.5
        self.town.forge.script.arm(self.dice.choice(READS + WRITES), Unforeseen(), after_effect=after)

    def pause_a_worker(self) -> None:
        """It sleeps in the middle of a call for longer than its lease; others take its row over meanwhile."""
        # Not in front of `open_issue`: nothing but the client's time-out, below the lease, keeps it from two.
        calls = [name for name in READS + WRITES if name != "open_issue"]
        self.town.forge.script.before(self.dice.choice(calls), self._others_go_on)

    def _others_go_on(self) -> None:
        self.town.now += settings.LEASE + timedelta(seconds=1)
        self.town.sweep()
        self.town.work_off()

    def lose_messages(self) -> None:
        waiting = self.town.courier.waiting
        waiting[:] = sorted(message for message in waiting if self.dice.random() < 0.5)

    def double_messages(self) -> None:
        waiting = self.town.courier.waiting
        waiting[:] = sorted([*waiting, *((at, -number, hint) for at, number, hint in waiting)])

    # -- CI, site, people

    def let_ci_say(self) -> None:
        self.world.ci = self.dice.choice(_OUTCOMES)
        for pull in list(self.world.pulls.values()):
            if pull.state == "open" and not pull.is_fork and self.world.ci:
                self.report(pull.head_sha, self.world.ci)

    def report(self, sha: str, outcome: CheckOutcome) -> None:
        for name in ("lint", "smoke"):
            self.world.report(sha, name, outcome)

    def turn_the_site(self) -> None:
        self.town.prober.forced = None
        if self.dice.random() < 0.5:
            self.town.prober.fail()

    def stop_deploys(self) -> None:
        main = self.world.repository.branches["main"]
        versions: list[str | Callable[[], str]] = [main, lambda: self.world.repository.branches["main"]]
        self.town.deployer.version = self.dice.choice(versions)

    def a_person_pushes(self) -> None:
        ours = [p.head_branch for p in self.world.pulls.values() if p.state == "open" and not p.is_fork]
        branch = self.dice.choice(["main", "main", *ours])
        page = self.town.page.replace("A notebook for teams.", f"A notebook for {self.dice.random()}.")
        text = self.dice.choice([{"docs/other.md": str(self.dice.random())}, {"docs/FAQ.md": page}])
        if branch in self.world.repository.branches:
            self.world.push(branch, text)

    def a_person_acts_on_a_pull(self) -> None:
        ours = [pull for pull in self.world.pulls.values() if pull.state == "open" and not pull.is_fork]
        if not ours:
            return
        pull = self.dice.choice(ours)
        if self.dice.random() < 0.4:
            pull.state = "closed"
            return
        self.report(pull.head_sha, CheckOutcome.SUCCESS)
        order = MergeOrder(
            number=pull.number,
            head_sha=pull.head_sha,
            method="squash",
            title="By hand",
            message=_ids(pull.number),
        )
        with suppress(PortError, Unforeseen):
            self.town.forge.merge_pull(order)

    # -- operators

    def an_operator_acts(self) -> None:
        known: dict[str, Any] = {"actor": "olga", "ports": self.town.ports}
        with suppress(ServiceError, Unforeseen):
            match self.dice.randint(0, 4):
                case 0:
                    cancel_task(self._task(), reason="chaos", **known)
                case 1 | 2:
                    retry_task(self._task(), reason="chaos", **known)
                case 3:
                    roll_back([self._task()], reason="chaos", **known)
                case _:
                    self._act_on_rollback(known)

    def _task(self):
        ids = sorted(Task.objects.values_list("pk", "created_at"), key=lambda row: row[1])
        return self.dice.choice([pk for pk, _ in ids] or [self.town.ask()])

    def _act_on_rollback(self, known) -> None:
        found = Rollback.objects.filter(state="needs_operator").order_by("decided_at").first()
        if found is None:
            return
        if self.dice.random() < 0.5:
            resume_rollback(found.pk, reason="chaos", **known)
        else:
            give_up_rollback(found.pk, reason="chaos", **known)


def _ids(number: int) -> str:
    """What the message of a squash by hand holds: the messages of its commits, with their trailers."""
    pull = PullRequest.objects.filter(number=number).first()
    tasks = Task.objects.filter(pull=pull).values_list("pk", flat=True) if pull else ()
    return "\n".join(f"trace-id: {pk}" for pk in tasks)
