"""A whole little world on fakes: forge, CI, site, model, people, a clock — and a courier that works at once.

`Town.settle()` is what workers, the sweep and time do together: hints are worked off in order, and when
none is left the clock moves on to the next look that a row wants.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Min

from closedloop.celery import app
from closedloop.ports.courier import FanOut, Hint
from closedloop.wiring import Ports
from rollback_app.models import Release, Rollback
from rollback_app.services.sweep import sweep as sweep_releases
from tasks_app.models import Notification, OutboxJob, PullRequest, Task
from tasks_app.services.intake import Submission, submit
from tasks_app.services.sweep import sweep
from tests.fakes.discussion import FakeDiscussion
from tests.fakes.edges import FakeDeployWatcher, FakeModel, FakeNotifier, FakeOwnChecks
from tests.fakes.forge import FakeForge
from tests.fakes.probe import FakeProber

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from closedloop.ports.board import Pin
    from closedloop.ports.llm import ChatRequest
    from tests.fakes.world import FakeWorld

PAGE = "# Frequently asked questions\n\n## General\n\n### What is Lumen?\n\nA notebook for teams.\n"
GUIDE = (
    "# Limits\n\n## API keys\n\nAn API key may send 120 requests per minute.\n\n"
    "## Exports\n\nAn export holds every note as a Markdown file.\n"
)
QUESTION = "How many requests per minute may an API key send?"


class Unforeseen(Exception):  # noqa: N818 - a name for tests
    """What no adapter should let out."""


def _is_foreseen_by_the_test(error: Exception) -> bool:
    """Whether nothing but what the test armed came out, alone or with others."""
    return isinstance(error, Unforeseen) or (
        isinstance(error, ExceptionGroup) and error.split(Unforeseen)[1] is None
    )


class MemoryBoard:
    """The notice board as a dict."""

    def __init__(self) -> None:
        self.pins: dict[str, Any] = {}

    def pin(self, key: str, fields: Any, *, ttl_s: int) -> None:
        assert ttl_s > 0
        self.pins[key] = dict(fields)

    def pin_all(self, pins: Sequence[Pin]) -> None:
        self.pins.update({pin.key: pin.value for pin in pins})

    def pin_missing(self, pins: Sequence[Pin]) -> None:
        self.pins = {pin.key: pin.value for pin in pins} | self.pins

    def read(self, key: str) -> Any:
        return self.pins.get(key)


@dataclass(slots=True)
class QueueCourier:
    """Keeps hints until they are due; may be told to lose them."""

    clock: Callable[[], datetime]
    waiting: list[tuple[datetime, int, Hint | FanOut]] = field(default_factory=list)
    loses_everything: bool = False
    #: Jobs whose next message gets lost on its way, though it was sent.
    loses_next: set[str] = field(default_factory=set)
    #: The sender dies before it has sent anything: after its commit.
    dies_next: bool = False
    sent: int = 0

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        if self.loses_everything:
            return False
        if self.dies_next:
            self.dies_next = False
            raise Unforeseen
        for hint in hints:
            if isinstance(hint, Hint) and hint.jobs[0] in self.loses_next:
                self.loses_next.remove(hint.jobs[0])
                continue
            delay_s = hint.delay_s if isinstance(hint, Hint) else 0.0
            self.sent += 1
            heapq.heappush(self.waiting, (self.clock() + timedelta(seconds=delay_s), self.sent, hint))
        return True

    def due(self) -> Hint | FanOut | None:
        """The oldest hint whose time has come."""
        if self.waiting and self.waiting[0][0] <= self.clock():
            return heapq.heappop(self.waiting)[2]
        return None


def extract(request: ChatRequest) -> str:
    """Answer with the first document's last line, as an honest model would."""
    data = json.loads(request.messages[-1]["content"])
    best = data["documents"][0]
    answer = best["text"].strip().splitlines()[-1]
    return json.dumps({"section": "General", "answer": answer, "sources": [best["path"]]})


class Town:
    """Everything outside the services, and time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 12, tzinfo=UTC)
        self.forge = FakeForge({"docs/FAQ.md": PAGE, "docs/limits.md": GUIDE})
        self.world: FakeWorld = self.forge.world
        self.discussion = FakeDiscussion(self.world, self.forge.script)
        self.world.clock = lambda: self.now
        self.world.require("lint", "smoke")
        self.model, self.prober, self.notifier = FakeModel(extract), FakeProber(), FakeNotifier()
        self.deployer = FakeDeployWatcher(lambda: self.world.repository.branches["main"])
        self.own_checks = FakeOwnChecks()
        #: Called whenever workers have come to rest, to see that all is well.
        self.watch: Callable[[], object] = lambda: None
        #: Whether a job that dies of something unforeseen is over and nothing else.
        self.workers_may_die = False
        self.courier, self.board = QueueCourier(lambda: self.now), MemoryBoard()
        self.ports = Ports(
            clock=lambda: self.now,
            worker="worker@test",
            courier=self.courier,
            board=self.board,
            content=lambda: self.forge,
            pulls=lambda: self.forge,
            writer=lambda: self.forge,
            git=lambda: self.forge,
            own_checks=lambda: self.own_checks,
            discussion=lambda: self.discussion,
            model=lambda: self.model,
            deployer=lambda: self.deployer,
            prober=lambda: self.prober,
            notifier=lambda: self.notifier,
        )

    def ask(self, question: str = QUESTION) -> UUID:
        """A client submits a question."""
        return submit(Submission(question=question, client="test"), self.ports).task_id

    def work_off(self) -> None:
        """Run every waiting hint, as workers would, one after the other."""
        self._work_off()
        self.watch()

    def _work_off(self) -> None:
        while hint := self.courier.due():
            self.run(hint)

    def survive(self, time: timedelta) -> None:
        """As `settle`, while jobs die of what nobody foresaw: each such job is over, nothing else is."""
        self.workers_may_die = True
        self.settle(within=time)

    def sweep(self) -> int:
        """What beat has done once; how many rows were taken up."""
        return sum(self._survived(partial(one, self.ports)) for one in (sweep, sweep_releases))

    def run(self, hint: Hint | FanOut) -> None:
        """Do what a worker does with a message."""
        self._survived(partial(self._work, hint))

    def _survived(self, job: Callable[[], int | None]) -> int:
        try:
            return job() or 0
        except (Unforeseen, ExceptionGroup) as error:
            if not self.workers_may_die or not _is_foreseen_by_the_test(error):
                raise
            return 1

    def _work(self, hint: Hint | FanOut) -> None:
        if isinstance(hint, FanOut):
            for member in hint.member_ids:
                app.tasks[hint.member](member)
            app.tasks[hint.body](hint.row_id)
            return
        for job in hint.jobs:
            app.tasks[job](hint.row_id)

    def settle(self, *, within: timedelta = timedelta(hours=2)) -> None:
        """Let workers, sweep and clock run until nothing wants to be looked at any more."""
        end = self.now + within
        while True:
            self._work_off()
            upcoming = self._next_look() or self._after_a_quiet_while()
            if upcoming is None or upcoming > end:
                self.watch()
                return
            # What is overdue waits for beat, which comes by every second.
            is_overdue = upcoming <= self.now
            self.now = self.now + timedelta(seconds=1) if is_overdue else upcoming + timedelta(milliseconds=1)
            self.sweep()

    def _after_a_quiet_while(self) -> datetime | None:
        """Whether beat finds something to do though no row asks for it."""
        self.now += timedelta(seconds=6)
        return self.now if self.sweep() else None

    def _next_look(self) -> datetime | None:
        looks = [
            model.objects.aggregate(at=Min("next_look_at"))["at"]
            for model in (Task, PullRequest, Notification, Release, Rollback)
        ]
        unsent = OutboxJob.objects.filter(sent_at__isnull=True).aggregate(at=Min("created_at"))["at"]
        looks.append(unsent + timedelta(seconds=1) if unsent else None)
        looks += [self.courier.waiting[0][0]] if self.courier.waiting else []
        return min((look for look in looks if look), default=None)

    @property
    def page(self) -> str:
        """The FAQ on main."""
        return self.world.repository.commits[self.world.repository.branches["main"]].files["docs/FAQ.md"]
