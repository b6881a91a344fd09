"""A running stack that is being hurt: tasks are read from the database, since the web process may be dead."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2

from scripts.local.stack import Crew, Stack, as_usual
from tests.acceptance.world import RESTING, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.book import CrashBook

#: Short, so that killed steps are soon taken up again; longer than any step takes.
SETTINGS = {
    "LEASE_S": "1.2",
    "GITHUB_TIMEOUT_S": "1",
    "OPENAI_TIMEOUT_S": "1",
    "SUBMIT_LIMIT_PER_MINUTE": "0",
}
#: A machine that runs other tests beside this one.
PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruins(World):
    """A world whose processes die."""

    #: Where they were to die; None when nothing is armed by points.
    book: CrashBook | None = None

    def task(self, task_id: str) -> dict[str, Any]:
        """The task's row."""
        (row,) = self.rows("SELECT * FROM agent_tasks WHERE task_id = ?", UUID(task_id).hex)
        return {**row, "task_state": row["state"], "timeline": self._events(task_id)}

    def _events(self, task_id: str) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM tasks_app_taskevent WHERE task_id = ? ORDER BY id", UUID(task_id).hex)

    def task_ids(self) -> list[str]:
        """Every task, oldest first."""
        return [
            str(UUID(row["task_id"]))
            for row in self.rows("SELECT task_id FROM agent_tasks ORDER BY created_at")
        ]

    def states(self) -> dict[str, str]:
        """State by task."""
        return {
            str(UUID(row["task_id"])): row["state"]
            for row in self.rows("SELECT task_id, state FROM agent_tasks")
        }

    def insist(self, call: Callable[[], httpx2.Response], what: str) -> httpx2.Response:
        """Repeat a request until somebody answers it: the process that would may just have died."""
        answers: list[httpx2.Response] = []

        def is_answered() -> bool:
            try:
                answers.append(call())
            except httpx2.TransportError:
                return False
            return True

        self.until(is_answered, f"an answer to {what}", PATIENCE_S)
        return answers[0]

    def ask(self, question: str) -> str:
        """Submit, however often the web process dies meanwhile."""
        post = partial(self.web.post, "/api/agent/faq", json={"question": question})
        answer = self.insist(post, question)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def press(self, task_id: str, act: str, token: str) -> httpx2.Response:
        """An operator's button by the API, pressed again when nobody answers."""
        return self.insist(partial(self.act, task_id, act, token), f"{act} of {task_id}")

    def until(self, condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
        """As `World.until`; a failure shows what every open task is at, and who died last."""
        if not self.stack.wait_until(lambda: bool(condition()), timeout_s):
            raise AssertionError(f"waited {timeout_s:g} s in vain: {what}\n{self.story()}")

    def all_rest(self, ids: list[str] | None = None) -> bool:
        """Whether nothing moves by itself any more."""
        states = self.states()
        return all(states[one] in RESTING for one in (ids or states))

    def story(self) -> str:
        """The end of the run so far, for a failure's message."""
        open_ones = [one for one, state in self.states().items() if state not in RESTING]
        lines = [f"{one}: {' → '.join(self._way(one))}" for one in open_ones]
        for table in ("tasks_app_pullrequest", "rollback_app_release", "rollback_app_rollback"):
            rows = self.rows(f"SELECT * FROM {table} WHERE next_look_at IS NOT NULL")  # noqa: S608 - our tables
            lines += [f"{table}: {row}" for row in rows]
        strikes = self.book.strikes()[-15:] if self.book else []
        return "\n".join([*lines, *(f"died: {strike}" for strike in strikes)])

    def _way(self, task_id: str) -> list[str]:
        return [
            f"{event['to_state']}{':' + event['code'] if event['code'] else ''}"
            for event in self._events(task_id)
        ]

    def pid(self, name: str) -> int:
        """Process id of a child of the stack, waiting until it is there."""
        self.until(lambda: name in self.stack.supervisor.pids(), f"{name} runs")
        return self.stack.supervisor.pids()[name]

    def kill(self, name: str) -> None:
        """End a child of the stack as the kernel would; the supervisor starts it again."""
        os.kill(self.pid(name), signal.SIGKILL)


@contextmanager
def ruins(
    directory: Path, *, crew: Crew = as_usual, book: CrashBook | None = None, **settings: str
) -> Iterator[Ruins]:
    """A stack in `directory`, staffed by `crew`, stopped at the end."""
    with (
        Stack.in_directory(directory, print, crew=crew, **{**SETTINGS, **settings}) as stack,
        httpx2.Client(base_url=stack.web_url, timeout=30) as web,
        httpx2.Client(base_url=stack.sandbox_url, timeout=30) as sandbox,
    ):
        yield Ruins(stack=stack, directory=directory, web=web, sandbox=sandbox, book=book)
