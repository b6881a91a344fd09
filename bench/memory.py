"""What the workers hold with 20 tasks in hand, and how soon the product is there.

`scripts/bench memory` sums PSS over the process trees of both workers while 20 tasks wait for CI that the
sandbox holds back; then times `manage.py check`, and a second start up to the first accepted question.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx2

from bench.loop_questions import QUESTIONS
from bench.memory_pss import Held, largest, look
from bench.submission.patience import until
from scripts.local.environment import bare_environment
from scripts.local.places import ROOT
from scripts.local.ports import free_port
from scripts.local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASKS = 20
TARGETS = {"workers_mb": 512.0, "check_s": 2.5, "second_start_s": 10.0}
_WORKERS = ("worker-io", "worker-main")
#: Looks while the tasks are in hand, and seconds between them.
_LOOKS, _PAUSE_S = 10, 0.5
_CI_DELAY_MS = 20_000


def main() -> None:
    """Measure and print; nothing is left running."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with Stack.in_directory(directory, SUBMIT_LIMIT_PER_MINUTE="0") as stack:
            held = _held_with_tasks(stack)
            checks = [_check(stack.env) for _ in range(5)]
        start_s = _second_start_s(directory)
    found: dict[str, Any] = {
        "workers_mb": held.total_mb,
        "in_flight": held.in_flight,
        "processes_mb": held.processes_mb,
        "check_s": median(wall_s for wall_s, _ in checks),
        "check_cpu_s": median(cpu_s for _, cpu_s in checks),
        "second_start_s": start_s,
    }
    found["targets_met"] = {name: found[name] <= limit for name, limit in TARGETS.items()}
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


def _held_with_tasks(stack: Stack) -> Held:
    """The largest look while all tasks are open."""
    fault = {"kind": "slow_ci", "delay_ms": _CI_DELAY_MS, "times": None}
    httpx2.post(f"{stack.sandbox_url}/_sandbox/faults", json=fault).raise_for_status()
    with httpx2.Client(base_url=stack.web_url, timeout=30) as web:
        for question in QUESTIONS[:TASKS]:
            web.post("/api/agent/faq", json={"question": question}).raise_for_status()
        until(lambda: _begun(web) == TASKS, "all tasks are begun")
        looks = []
        for _ in range(_LOOKS):
            time.sleep(_PAUSE_S)
            stack.tick()
            looks.append(look({name: stack.supervisor.pids()[name] for name in _WORKERS}, _open(web)))
    return largest(looks)


def _begun(web: httpx2.Client) -> int:
    waiting: int = web.get("/api/agent/tasks", params={"status": "queued"}).json()["count"]
    return TASKS - waiting


def _open(web: httpx2.Client) -> int:
    running: int = web.get("/api/agent/tasks", params={"status": "running"}).json()["count"]
    return running


def _check(env: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of CPU that `manage.py check` takes."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, check=True, capture_output=True)
    after, wall_s = os.times(), time.perf_counter() - began
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return wall_s, cpu_s


def _second_start_s(directory: Path) -> float:
    """From the command until a question is accepted, in a directory that was used before."""
    port = free_port()
    began = time.perf_counter()
    with _running(directory, port), httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as web:
        until(lambda: _is_accepted(web), "the first question is accepted", timeout_s=60)
        return time.perf_counter() - began


@contextmanager
def _running(directory: Path, port: int) -> Iterator[None]:
    """`scripts/run` as a person calls it, on this interpreter."""
    command = [sys.executable, "-m", "scripts.local.session", "--data-dir", str(directory), "--no-question"]
    command += ["--port", str(port), "--sandbox-port", str(free_port())]
    process = subprocess.Popen(command, cwd=ROOT, env=bare_environment(os.environ), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _is_accepted(web: httpx2.Client) -> bool:
    try:
        answer = web.post("/api/agent/faq", json={"question": QUESTIONS[TASKS]})
    except httpx2.TransportError:
        return False
    return answer.status_code == 202


if __name__ == "__main__":
    main()
