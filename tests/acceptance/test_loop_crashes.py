"""`kill -9` in the middle of a task, and a forge that sends no webhooks: slower, never lost, never twice."""

from __future__ import annotations

import os
import signal

import pytest

pytestmark = pytest.mark.acceptance

SETTINGS = {"LEASE_S": "3", "GITHUB_TIMEOUT_S": "2", "OPENAI_TIMEOUT_S": "2"}
#: Each is held long enough to be killed in the middle of the step.
HELD = {
    "generating": "POST /v1/chat/completions",
    "publishing": "POST /repos/*/pulls",
    "merging": "PUT /repos/*/pulls/*/merge",
}
QUESTIONS = {
    "generating": "How do I export a single note?",
    "publishing": "What happens when a payment fails?",
    "merging": "How do I report an incident?",
}


def is_held(world, route):
    faults = world.sandbox.get("/_sandbox/faults").json()
    return route not in {fault["route"] for fault in faults}


def kill(world, name):
    """End a process as the kernel would, and return once its successor is ready."""
    supervisor = world.stack.supervisor
    killed = supervisor.pids()[name]
    os.kill(killed, signal.SIGKILL)
    world.until(lambda: supervisor.pids().get(name) not in {None, killed}, f"{name} is started again")
    world.until(lambda: supervisor.is_ready([name]), f"{name} is back")


def pulls_of(world, task):
    head = world.forge("GET", f"/pulls/{task['pr_url'].rpartition('/')[2]}")["head"]["ref"]
    return world.forge("GET", f"/pulls?state=all&head=acme:{head}")


@pytest.mark.parametrize("state", list(HELD))
def test_a_worker_killed_in_the_middle_of_a_step_loses_nothing(faults, state):
    faults.arm("delay", route=HELD[state], delay_ms=1000)
    task_id = faults.ask(QUESTIONS[state])
    faults.until(lambda: is_held(faults, HELD[state]), f"{state} is under way")
    assert faults.is_at(task_id, state)
    kill(faults, "worker-io")
    task = faults.reaches(task_id, "done")
    assert faults.commits_of(task_id) == [task["merge_sha"]]
    assert len(pulls_of(faults, task)) == 1


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("worker-main", "Which notes are available offline?"),
        ("beat", "When does a downgrade take effect?"),
        ("redis", "How is data at rest encrypted?"),
        ("web", "How do I change a keyboard shortcut?"),
    ],
)
def test_any_other_process_killed_while_ci_runs_loses_nothing(faults, name, question):
    faults.arm("slow_ci", delay_ms=1000)
    task_id = faults.ask(question)
    faults.until(lambda: faults.is_at(task_id, "awaiting_ci"), "CI runs")
    kill(faults, name)
    task = faults.reaches(task_id, "done")
    assert faults.commits_of(task_id) == [task["merge_sha"]]


def test_without_webhooks_everything_still_happens(faults):
    for hook in faults.forge("GET", "/hooks"):
        faults.forge("DELETE", f"/hooks/{hook['id']}")
    assert faults.forge("GET", "/hooks") == []
    assert faults.done("How many webhooks may a workspace have?")["state"] == "merged"
