"""The product's side: the whole loop against the sandbox, and what became of its tasks."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2

from bench import faults_busy
from bench.faults_history import TRACE, doubled_in
from bench.faults_killing import Killed, Killing
from bench.faults_questions import ASKED
from bench.faults_recovery import Recovery
from bench.faults_report import Result
from scripts.local import probes
from scripts.local.environment import REPO
from scripts.local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.faults_busy import Busy
    from bench.faults_schedule import Fault
    from scripts.local.children import Child

#: A step is repeated after so many seconds; client time-outs are below it.
LEASE_S = 10.0
SETTINGS = {
    "LEASE_S": str(LEASE_S),
    "GITHUB_TIMEOUT_S": "5",
    "OPENAI_TIMEOUT_S": "5",
    "SUBMIT_LIMIT_PER_MINUTE": "0",
    "WRITES_RESERVED_PER_MINUTE": "0",
    "WRITES_RESERVED_PER_HOUR": "0",
}
#: Workers of the loop's own jobs: pool and size. Two as in production; one whose children can be killed.
_POOLS = {"io1": ("threads", "5"), "io2": ("threads", "5"), "io3": ("prefork", "4")}
#: Jobs that look for work instead of doing it.
_SWEEPING = ("tasks.sweep", "rollback.sweep", "metrics.")
_PARENTS = ("worker-io1", "worker-main", "worker-io3", "worker-io2", "worker-io1")


class Ours:
    """The loop."""

    name = "closedloop"

    def __init__(self, directory: Path, **settings: str) -> None:
        self._place = directory
        (directory / "busy").mkdir(parents=True)
        self._stack = Stack.in_directory(directory, print, crew=self._crew, **{**SETTINGS, **settings})
        self._ids: list[str] = []
        self._web = httpx2.Client(base_url=self._stack.web_url, timeout=30)
        self.recovery = Recovery(directory / "closedloop.sqlite3")
        #: What was not done at the end, for people.
        self.unfinished: list[str] = []
        children = (self._holds_a_row, _works, self._holds_a_row, _sweeps)
        self._killing = Killing(self._stack.supervisor, directory, parents=_PARENTS, children=children)

    def start(self) -> None:
        """Start everything and return when it is ready."""
        self._stack.start()
        self.recovery.start()

    def submit(self, count: int) -> None:
        """Ask questions over HTTP, each another task."""
        for _ in range(count):
            question = ASKED[len(self._ids)]
            answer = self._web.post("/api/agent/faq", json={"question": question}).raise_for_status()
            self._ids.append(answer.json()["task_id"])

    def try_kill(self, fault: Fault) -> Killed | None:
        """Kill, and remember which rows that left behind."""
        killed = self._killing.try_kill(fault)
        if killed:
            self.recovery.note(killed)
        return killed

    @property
    def killed(self) -> Sequence[Killed]:
        """Who was killed."""
        return self._killing.killed

    def tick(self) -> None:
        """Restart what died."""
        self._stack.tick()

    def is_finished(self) -> bool:
        """Whether every task is done."""
        return self._states() == {"done": len(self._ids)}

    def result(self) -> Result:
        """Count what the forge's history and the rows say."""
        doubled, merged = self._history()
        done = self._states().get("done", 0)
        self.unfinished = self._what_is_left()
        unmerged = [one for one in self._ids if one not in merged]
        known = self._states().total()
        return Result(
            side=self.name,
            submitted=len(self._ids),
            finished=min(done, len(self._ids) - len(unmerged)),
            lost=len(self._ids) - known,
            stuck=known - done,
            doubled=doubled,
            recoveries_s=tuple(round(seconds, 3) for seconds, _ in self.recovery.times),
        )

    def stop(self) -> None:
        """End everything."""
        self.recovery.stop()
        self._web.close()
        self._stack.stop()

    def _states(self) -> Counter[str]:
        return Counter(state for (state,) in self._read("SELECT state FROM agent_tasks"))

    def _what_is_left(self) -> list[str]:
        """Open tasks by state and code, and the notes of what they wait for."""
        tasks = self._read(
            "SELECT state, code, count(*) FROM agent_tasks WHERE state != 'done' GROUP BY 1, 2"
        )
        columns = "state, note, attempts, next_look_at"
        notes = self._read(f"SELECT {columns} FROM tasks_app_pullrequest WHERE next_look_at IS NOT NULL")  # noqa: S608 - ours
        return [" ".join(map(str, row)) for row in (*tasks, *notes)]

    def _read(self, statement: str) -> list[Any]:
        address = f"file:{self._place}/closedloop.sqlite3?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as base:
            return base.execute(statement).fetchall()

    def _history(self) -> tuple[int, set[str]]:
        """Effects that happened twice on the forge, and which tasks were merged."""
        messages = [one["commit"]["message"] for one in self._every("/commits?sha=main")]
        pulls = [one["head"]["ref"] for one in self._every("/pulls?state=all")]
        return doubled_in(messages, pulls), {trace for text in messages for trace in TRACE.findall(text)}

    def _every(self, path: str) -> list[Any]:
        found: list[Any] = []
        with httpx2.Client(base_url=self._stack.sandbox_url, timeout=30) as forge:
            headers = {"Authorization": f"Bearer {self._stack.env['GITHUB_TOKEN']}"}
            while True:
                address = f"/api/v3/repos/{REPO}{path}&per_page=100&page={len(found) // 100 + 1}"
                page = forge.get(address, headers=headers).raise_for_status().json()
                found += page
                if len(page) < 100:
                    return found

    def _holds_a_row(self, child: Busy) -> bool:
        return _works(child) and self.recovery.is_held(child.about)

    def _crew(self, child: Child) -> Sequence[Child]:
        env = {**child.env, faults_busy.VARIABLE: str(self._place / "busy")}
        watched = replace(child, env=env, argv=_instead(child.argv, {"closedloop": "bench.faults_workers"}))
        if child.name == "worker-main":
            return (watched,)
        return [_worker(watched, node) for node in _POOLS] if child.name == "worker-io" else (child,)


def _sweeps(child: Busy) -> bool:
    return child.job.startswith(_SWEEPING)


def _works(child: Busy) -> bool:
    return not _sweeps(child)


def _worker(worker: Child, node: str) -> Child:
    kind, size = _POOLS[node]
    argv = _instead(worker.argv, {"io@%h": f"{node}@%h", "threads": kind, "20": size})
    return replace(
        worker,
        name=f"worker-{node}",
        argv=argv,
        is_ready=lambda output: probes.says(output, f"{node}@", " ready"),
    )


def _instead(argv: Sequence[str], words: dict[str, str]) -> tuple[str, ...]:
    return tuple(words.get(word, word) for word in argv)
