"""The whole loop as people meet it: HTTP to the product, HTTP and git to the forge, the live page."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from scripts.local.environment import REPO
from scripts.local.stack import Stack, as_usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAQ = "docs/FAQ.md"
#: Where a task does not move by itself.
RESTING = {"done", "failed", "declined", "cancelled", "rolled_back", "needs_operator", "awaiting_approval"}
#: Tests go faster than clients may ask and a forge lets us write; those about limits set their own.
UNLIMITED = {"SUBMIT_LIMIT_PER_MINUTE": "0", "WRITES_PER_MINUTE": "0", "WRITES_PER_HOUR": "0"}
#: A machine that runs other tests beside this one.
PATIENCE_S = 60.0
#: Servers hang up after 5 s of silence; a client that sends at that very moment gets no answer.
SILENCE = httpx2.Limits(keepalive_expiry=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A running stack and clients of it."""

    stack: Stack
    #: holds the stack's database, logs and sandbox
    directory: Path
    web: httpx2.Client
    sandbox: httpx2.Client

    def ask(self, question: str) -> str:
        """Submit a question and return its task's id."""
        answer = self.web.post("/api/agent/faq", json={"question": question})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def task(self, task_id: str) -> dict[str, Any]:
        """What the API says about a task."""
        found: dict[str, Any] = self.web.get(f"/api/agent/tasks/{task_id}").raise_for_status().json()
        return found

    def until(self, condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
        """Keep the stack alive until the condition holds; fails by name when it does not."""
        assert self.stack.wait_until(lambda: bool(condition()), timeout_s), f"waited in vain: {what}"

    def is_at(self, task_id: str, *states: str) -> bool:
        """Whether the task is in one of these states now."""
        return self.task(task_id)["task_state"] in states

    def reaches(self, task_id: str, *states: str) -> dict[str, Any]:
        """Wait until the task rests, which must be in one of these states, and return it."""
        self.until(lambda: self.is_at(task_id, *RESTING, *states), f"{states} by {task_id}")
        task = self.task(task_id)
        assert task["task_state"] in states, [
            (e["to_state"], e["code"], e["detail"]) for e in task["timeline"]
        ]
        return task

    def done(self, question: str) -> dict[str, Any]:
        """Ask, and return the task once it is done."""
        return self.reaches(self.ask(question), "done")

    def act(self, task_id: str, act: str, token: str) -> httpx2.Response:
        """Press an operator's button by the API: `retry`, `cancel` or `rollback`; as nobody, if no token."""
        headers = {"Authorization": f"Token {token}"} if token else {}
        return self.web.post(
            f"/api/agent/tasks/{task_id}/{act}", json={"reason": "an operator's test"}, headers=headers
        )

    def new_token(self) -> str:
        """An API token of the admin."""
        said = self.stack.manage("drf_create_token", "admin")
        assert said.returncode == 0, said.stderr
        return said.stdout.split()[2]

    def arm(self, kind: str, **fault: Any) -> None:
        """Arm a fault in the sandbox."""
        self.sandbox.post("/_sandbox/faults", json={"kind": kind, **fault}).raise_for_status()

    def disarm(self) -> None:
        """Clear all faults."""
        self.sandbox.delete("/_sandbox/faults").raise_for_status()

    def forge(self, method: str, path: str) -> Any:
        """Call GitHub's REST below the repository, with the product's own token."""
        answer = self.sandbox.request(
            method,
            f"/api/v3/repos/{REPO}{path}",
            headers={"Authorization": f"Bearer {self.stack.env['GITHUB_TOKEN']}"},
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def at_forge(self, method: str, path: str, token: str = "", **body: Any) -> Any:
        """A person's request below the repository, as whoever holds the token, or its administrator."""
        headers = {"Authorization": f"Bearer {token or self.stack.env['GITHUB_TOKEN']}"}
        answer = self.sandbox.request(method, f"/api/v3/repos/{REPO}{path}", headers=headers, json=body)
        return answer.raise_for_status().json() if answer.content else None

    def lay_rule(self, kind: str, **parameters: Any) -> None:
        """Lay a rule on main."""
        on_main = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
        rules = [{"type": kind, "parameters": parameters}]
        named: dict[str, Any] = {"name": kind, "enforcement": "active", "conditions": on_main}
        self.at_forge("POST", "/rulesets", **named, rules=rules)

    def page(self) -> str:
        """The live FAQ page."""
        return self.sandbox.get(f"/sites/{REPO}/docs/FAQ.html").raise_for_status().text

    def faq(self) -> str:
        """The FAQ on main, by git."""
        return self.git("show", f"HEAD:{FAQ}")

    def git(self, *arguments: str) -> str:
        """Run git in a bare clone that is brought up to date first."""
        clone = self.directory / "clone.git"
        if not clone.exists():
            _git("clone", "--quiet", "--bare", f"{self.stack.sandbox_url}/{REPO}.git", str(clone))
        _git("-C", str(clone), "fetch", "--quiet", "origin", "+refs/heads/*:refs/heads/*", "--prune")
        return _git("-C", str(clone), *arguments)

    def commits_of(self, task_id: str) -> list[str]:
        """Commits on main that carry the task's trace id, newest first."""
        return self.git("log", "--format=%H", f"--grep=trace-id: {task_id}", "main").split()

    def rows(self, statement: str, *values: str) -> list[dict[str, Any]]:
        """Read the stack's database, as an auditor would."""
        with closing(sqlite3.connect(f"file:{self.directory}/closedloop.sqlite3?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            return [dict(row) for row in base.execute(statement, values)]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@contextmanager
def running(directory: Path, **settings: str) -> Iterator[World]:
    """A stack in `directory` with these settings, stopped at the end."""
    with (
        Stack.in_directory(directory, print, crew=as_usual, **{**UNLIMITED, **settings}) as stack,
        httpx2.Client(base_url=stack.web_url, timeout=30, limits=SILENCE) as web,
        httpx2.Client(base_url=stack.sandbox_url, timeout=30, limits=SILENCE) as sandbox,
    ):
        yield World(stack=stack, directory=directory, web=web, sandbox=sandbox)
