"""What is under way in a simulated world: broker messages, webhooks, CI reports. Nothing is done in order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.celery import app
from closedloop.ports.courier import FanOut, Hint

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.simulation.character import Character

#: Messages with which a sweep is asked for.
_SWEEPS = {"tasks.sweep", "rollback.sweep"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something that will happen once its time has come."""

    due: datetime
    label: str
    work: Callable[[], object]
    #: Whether it is a message to a worker or web process; else the world outside does it by itself.
    is_ours: bool


@dataclass(slots=True, kw_only=True)
class Errands:
    """All that is under way, and who gets lost on it."""

    clock: Callable[[], datetime]
    dice: Callable[[], random.Random]
    character: Character
    #: Whether the process that sends now is a sweep.
    is_sweeping: Callable[[], bool]
    waiting: list[Errand] = field(default_factory=list)
    #: Nothing gets lost any more.
    is_calm: bool = False
    is_away: bool = False

    def add(self, label: str, work: Callable[[], object], *, after: timedelta, is_ours: bool = False) -> None:
        """Put something under way."""
        self.waiting.append(Errand(due=self.clock() + after, label=label, work=work, is_ours=is_ours))

    def take_due(self) -> Errand | None:
        """Any one of those whose time has come."""
        now = self.clock()
        due = [errand for errand in self.waiting if errand.due <= now]
        if not due:
            return None
        chosen = due[0] if self.is_calm else self.dice().choice(due)
        self.waiting.remove(chosen)
        return chosen

    def next_due(self) -> datetime | None:
        """When the next one's time comes."""
        return min((errand.due for errand in self.waiting), default=None)

    def hurry(self, within: timedelta) -> None:
        """Let everything that is under way arrive soon."""
        latest = self.clock() + within
        self.waiting = [replace(errand, due=min(errand.due, latest)) for errand in self.waiting]

    # -- Courier

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        """Take messages to workers; some arrive late, twice or never."""
        if self.is_away and not self.is_calm:
            return False
        for hint in hints:
            self._post(hint)
        return True

    def _post(self, hint: Hint | FanOut) -> None:
        delay = timedelta(seconds=hint.delay_s if isinstance(hint, Hint) else 0.0)
        if isinstance(hint, FanOut):
            chord = Chord(hint, self)
            for member in hint.member_ids:
                self.post_job(f"{hint.member} {member}", chord.member(member), delay)
            return
        self.post_job(f"{hint.jobs[0]} {hint.row_id[:8]}", self._chain(hint.jobs, hint.row_id), delay)

    def post_job(self, label: str, work: Callable[[], object], delay: timedelta = timedelta(0)) -> None:
        """Send one message to a worker, with a broker's luck."""
        if self.is_calm:
            self.add(label, work, after=delay, is_ours=True)
            return
        character, dice = self.character, self.dice()
        if character.loses_hints and not self.is_sweeping() and label.split(maxsplit=1)[0] not in _SWEEPS:
            return
        if dice.random() < character.loses:
            return
        for _ in range(2 if dice.random() < character.doubles else 1):
            late = dice.choice((0.3, 3, 40)) if dice.random() < character.delays else 0.0
            self.add(label, work, after=delay + timedelta(seconds=late), is_ours=True)

    def _chain(self, jobs: tuple[str, ...], row_id: str) -> Callable[[], object]:
        """Do the first job; the rest is another message, for any worker, and may be lost by itself."""

        def work() -> None:
            app.tasks[jobs[0]](row_id)
            if jobs[1:]:
                self.post_job(f"{jobs[1]} {row_id[:8]}", self._chain(jobs[1:], row_id))

        return work


class Chord:
    """Members in any order; the last one that ends well sends the body."""

    def __init__(self, hint: FanOut, errands: Errands) -> None:
        self.hint, self.errands, self.open = hint, errands, set(hint.member_ids)

    def member(self, member_id: str) -> Callable[[], object]:
        """The work of one member."""

        def work() -> None:
            app.tasks[self.hint.member](member_id)
            was_open = bool(self.open)
            self.open.discard(member_id)
            if was_open and not self.open:
                label = f"{self.hint.body} {self.hint.row_id[:8]}"
                self.errands.post_job(label, lambda: app.tasks[self.hint.body](self.hint.row_id))

        return work
