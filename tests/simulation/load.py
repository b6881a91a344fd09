"""A town at work for hours: questions come by chance; model, CI and deploys take their time.

There is no trouble, as `engine` makes it: the question is how long things take, and what they cost, when
there is always something to do. Every job runs in a greenlet that is put aside while the model thinks: so its
calls overlap as they do in threads, while the clock is ours.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from bench.lanes_questions import DOCUMENT, document, question
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task, WriteCharge
from tasks_app.pipeline.budget import Reason
from tests.fakes.town import PAGE, Town, extract
from tests.simulation.forgetting import forget_the_past

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from closedloop.ports.courier import FanOut, Hint
    from closedloop.ports.forge import MergeOrder, PullDraft, PullView
    from closedloop.ports.llm import ChatRequest

FAQ = "docs/FAQ.md"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
#: Fewer than are asked in an hour, but each time one is to be another task, and to be thought about.
_QUESTIONS = 256
#: What this is about, and that; the rest are the usual ones.
SETTINGS: dict[str, Any] = {
    "WRITES_PER_MINUTE": 80,
    "WRITES_PER_HOUR": 500,
    "OPENAI_CONCURRENCY": 10,
    "DUPLICATE_WINDOW": timedelta(minutes=5),
    "ANSWER_CACHE": timedelta(0),
    "GITHUB_REPO": "acme/handbook",
    "HEALTH_URL": "https://site.test/healthz",
}
#: A page of so many answers is filed away by a person, right after a merge: it would grow for ever.
_LONG_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much comes, and how long it all takes."""

    seed: int
    #: Questions are asked for so long; then all of them are waited for.
    lasts: timedelta
    per_hour: int = 2000
    ci: timedelta = timedelta(seconds=20)
    model: timedelta = timedelta(seconds=2)
    deploy: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    asked: int
    #: From asked to merged, of all that were.
    tte_s: tuple[float, ...]
    #: Pull requests that were opened.
    batches: int
    #: Requests that the forge counts as creating content: all of them, and the most in any hour and minute.
    writes: int
    most_per_hour: int
    most_per_minute: int
    #: Seconds in which somebody waited because the hour's writes were used up.
    waits_for_the_hour: int


@dataclass(slots=True)
class Agenda:
    """What will happen outside, and when."""

    waiting: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _count: int = 0

    def add(self, at: datetime, act: Callable[[], object]) -> None:
        """Let it happen then."""
        self._count += 1
        heapq.heappush(self.waiting, (at, self._count, act))


class BusyTown(Town):
    """The town, in which time is taken."""

    def __init__(self, load: Load) -> None:
        super().__init__()
        self.load, self.dice, self.agenda = load, random.Random(load.seed), Agenda()
        self.world.ci = None
        self.world.push("main", {DOCUMENT: document(_QUESTIONS)})
        self.live = self.world.repository.branches["main"]
        self.model.content, self.deployer.version = self._think, lambda: self.live
        self._open_pull, self._merge_pull = self.forge.open_pull, self.forge.merge_pull
        self.forge.open_pull, self.forge.merge_pull = self._open, self._merge  # type: ignore[method-assign]
        self._main = getcurrent()
        self.asked = 0

    # -- time goes on

    def work(self) -> int:
        """Ask as long as the load lasts, wait for all; in how many seconds the hour's writes were used up."""
        ends, next_second, waits = self.now + self.load.lasts, self.now, 0
        self.agenda.add(self.now + self._pause(), partial(self._arrive, ends))
        while not self._is_over(ends):
            self._work_off()
            soonest = [queue[0][0] for queue in (self.courier.waiting, self.agenda.waiting) if queue]
            self.now = max(self.now, min([*soonest, next_second]))
            while self.agenda.waiting and self.agenda.waiting[0][0] <= self.now:
                heapq.heappop(self.agenda.waiting)[2]()
            if self.now >= next_second:
                next_second += SECOND
                waits += self._second()
        return waits

    def _is_over(self, ends: datetime) -> bool:
        return self.now > ends and not self.agenda.waiting and not self._open_tasks()

    def _open_tasks(self) -> bool:
        return Task.objects.filter(merged_at__isnull=True).exclude(status="error").exists()

    def _second(self) -> int:
        """What beat does each second, when a row wants it; 1 if somebody waits for the next hour."""
        if (upcoming := self._next_look()) and upcoming <= self.now:
            self.sweep()
        return int(PullRequest.objects.filter(state="publishing", note__contains=Reason.HOUR).exists())

    def _arrive(self, ends: datetime) -> None:
        self.ask(question(self.asked % _QUESTIONS))
        self.asked += 1
        at = self.now + self._pause()
        if at < ends:
            self.agenda.add(at, partial(self._arrive, ends))

    def _pause(self) -> timedelta:
        return HOUR * self.dice.expovariate(self.load.per_hour)

    # -- jobs that may be put aside

    def run(self, hint: Hint | FanOut) -> None:
        """Do what a worker does with a message, up to where it waits for the model."""
        greenlet(partial(super().run, hint), self._main).switch()

    def _think(self, request: ChatRequest) -> str:
        job = getcurrent()
        if job is not self._main:
            self.agenda.add(self.now + self.load.model, job.switch)
            self._main.switch()
        return extract(request)

    # -- the world outside

    def _open(self, draft: PullDraft) -> PullView:
        view = self._open_pull(draft)
        self.agenda.add(self.now + self.load.ci, partial(self._report, view.head_sha))
        return view

    def _report(self, head_sha: str) -> None:
        for check in self.world.requirements("main").checks:
            self.world.report(head_sha, check.name, CheckOutcome.SUCCESS)

    def _merge(self, order: MergeOrder) -> str:
        sha = self._merge_pull(order)
        if self.page.count("\n### ") > _LONG_PAGE:
            self.world.push("main", {FAQ: PAGE}, message="File old answers away")
            forget_the_past(self)
        self.agenda.add(self.now + self.load.deploy, self._deploy)
        return sha

    def _deploy(self) -> None:
        self.live = self.world.repository.branches["main"]


def outcome_of(town: BusyTown, waits: int) -> Outcome:
    """Read it from the rows."""
    charges = list(WriteCharge.objects.order_by("at").values_list("at", "writes"))
    times = Task.objects.values_list("created_at", "merged_at")
    return Outcome(
        asked=town.asked,
        tte_s=tuple((merged_at - asked_at).total_seconds() for asked_at, merged_at in times if merged_at),
        batches=PullRequest.objects.exclude(number=None).count(),
        writes=sum(writes for _, writes in charges),
        most_per_hour=most_within(charges, HOUR),
        most_per_minute=most_within(charges, MINUTE),
        waits_for_the_hour=waits,
    )


def most_within(charges: list[tuple[datetime, int]], length: timedelta) -> int:
    """The most writes in any window of this length; the charges are in the order of their times."""
    most = count = first = 0
    for at, writes in charges:
        count += writes
        while charges[first][0] <= at - length:
            count -= charges[first][1]
            first += 1
        most = max(most, count)
    return most
