"""Asking while a store is away, and what became of every question that was accepted."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx2

from bench.loop_questions import QUESTIONS
from scripts.local.environment import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from scripts.local.stack import Stack

#: Where a task is over. What asks for a person is not: nobody is here.
_OVER = {"done", "declined"}
_PERIOD_S = 1.0
_PATIENCE_S = 300.0


@dataclass(slots=True)
class Outcome:
    """One outage."""

    #: Ids given out during it.
    accepted: list[str] = field(default_factory=list)
    #: Status codes of what was not accepted.
    refused: list[int] = field(default_factory=list)
    #: The states in which they ended, by id.
    ended: dict[str, str] = field(default_factory=dict)
    #: Trace ids with more than one commit on main.
    doubled: int = 0
    slowest_ms: float = 0.0
    #: Seconds from the end of the outage until all was over.
    settled_s: float = 0.0

    @property
    def completed(self) -> int:
        """Accepted ones that are over."""
        return sum(state in _OVER for state in self.ended.values())

    @property
    def lost(self) -> int:
        """Accepted ones that are not."""
        return len(set(self.accepted)) - self.completed


def questions() -> Iterator[str]:
    """The practice world's questions, then the same from other people."""
    yield from QUESTIONS
    number = 1
    while True:
        number += 1
        yield from (f"Asked for the {number}. time: {question}" for question in QUESTIONS)


class Asker:
    """A client that goes on asking, whatever happens to the stores; a context manager closes it."""

    def __init__(self, stack: Stack, directory: Path) -> None:
        self._stack = stack
        self._clone = directory / "clone.git"
        self._web = httpx2.Client(base_url=stack.web_url, timeout=30)
        self._questions = questions()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._web.close()

    def live_through(self, trouble: AbstractContextManager[None], seconds: float) -> Outcome:
        """Ask once a second for `seconds` of trouble, then wait for the end of all that was accepted."""
        outcome = Outcome()
        with trouble:
            ends_at = time.monotonic() + seconds
            while (began_at := time.monotonic()) < ends_at:
                self._ask(outcome)
                time.sleep(max(0.0, began_at + _PERIOD_S - time.monotonic()))
        over_at = time.monotonic()
        self._stack.wait_until(lambda: self._are_over(outcome), _PATIENCE_S)
        outcome.settled_s = time.monotonic() - over_at
        outcome.doubled = sum(self._commits(task_id) > 1 for task_id in set(outcome.accepted))
        return outcome

    def ask(self) -> str:
        """One question in good times."""
        outcome = Outcome()
        self._ask(outcome)
        self._stack.wait_until(lambda: self._are_over(outcome), _PATIENCE_S)
        return outcome.ended[outcome.accepted[0]]

    def _ask(self, outcome: Outcome) -> None:
        began_at = time.monotonic()
        answer = self._web.post("/api/agent/faq", json={"question": next(self._questions)})
        outcome.slowest_ms = max(outcome.slowest_ms, (time.monotonic() - began_at) * 1000)
        if answer.status_code == httpx2.codes.ACCEPTED:
            outcome.accepted.append(answer.json()["task_id"])
        else:
            outcome.refused.append(answer.status_code)

    def _are_over(self, outcome: Outcome) -> bool:
        for task_id in set(outcome.accepted) - {i for i, state in outcome.ended.items() if state in _OVER}:
            answer = self._web.get(f"/api/agent/tasks/{task_id}")
            if answer.status_code == httpx2.codes.OK:
                outcome.ended[task_id] = self._state(answer.json())
        return outcome.lost == 0

    @staticmethod
    def _state(task: dict[str, Any]) -> str:
        return str(task["task_state"])

    def _commits(self, task_id: str) -> int:
        """Commits on main that carry the trace id, by git."""
        if not self._clone.exists():
            _git("clone", "--quiet", "--bare", f"{self._stack.sandbox_url}/{REPO}.git", str(self._clone))
        _git("-C", str(self._clone), "fetch", "--quiet", "origin", "+refs/heads/*:refs/heads/*")
        return len(_git("-C", str(self._clone), "log", "--format=%H", f"--grep={task_id}", "main").split())


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, check=True, text=True).stdout
