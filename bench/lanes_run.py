"""One run of the product: warm up, ask all at once, wait until everything rests, count."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import lanes_history, lanes_undo
from bench.lanes_counts import figures_of
from bench.lanes_person import Person
from bench.lanes_plan import quantiles
from bench.lanes_questions import name, question
from bench.lanes_world import running, slow_down
from tests.acceptance.world import RESTING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.lanes_plan import Scenario
    from tests.acceptance.world import World

#: What is not at rest by then is counted as it is.
_PATIENCE_S = 900.0
_UNDECIDED = "SELECT count(*) AS n FROM agent_tasks WHERE state NOT IN ({})".format(  # noqa: S608 - our own words
    ", ".join(f"'{state}'" for state in sorted(RESTING))
)


def measure(scenario: Scenario, directory: Path) -> dict[str, Any]:
    """Run it in a world of its own and say what came of it."""
    with running(directory, facts=scenario.at_once + scenario.warm_ups) as world:
        slow_down(world, scenario.pace)
        for number in range(scenario.warm_ups):
            world.done(question(scenario.at_once + number))
        poison(world, scenario)
        before, person, since_s = world.faq(), Person(world), time.time()
        with person.at_work(scenario.human_every_s) if scenario.human_every_s else nullcontext():
            ids = ask_all(world, range(scenario.at_once))
            world.stack.wait_until(lambda: not world.rows(_UNDECIDED)[0]["n"], _PATIENCE_S)
        counts = world.sandbox.get("/_sandbox/counts", params={"since": since_s}).raise_for_status().json()
        tasks = [world.task(task_id) for task_id in ids]
        merged = [task for task in tasks if task["merged_at"]]
        return {
            **_fates(tasks),
            **asdict(lanes_history.judge(tasks, messages_of(world), (before, world.faq()), person.edits)),
            "edits": len(person.edits),
            "lost_races": person.lost_races,
            **figures_of(counts, merged=len(merged), pushes=len(person.edits) + person.lost_races),
            "undoing_wrong": lanes_undo.undo_some(world, merged, scenario.undone),
        }


def _fates(tasks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    merged = [task for task in tasks if task["merged_at"]]
    return {
        "asked": len(tasks),
        "merged": len(merged),
        "failed": sum(task["task_state"] == "failed" for task in tasks),
        "unfinished": [task["task_id"] for task in tasks if task["task_state"] not in RESTING],
        "codes": sorted({task["code"] for task in tasks if task["code"]}),
        "tte_s": quantiles([tte_s(task) for task in merged]),
        "stays_s": stays_s(merged),
    }


def ask_all(world: World, numbers: Sequence[int]) -> list[str]:
    """Ask all of them at the same moment; their ids in order."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(world.ask, map(question, numbers)))


def poison(world: World, scenario: Scenario) -> None:
    """Let CI refuse the answers to some questions, evenly spread."""
    for number in range(scenario.poisoned):
        guilty = (number * scenario.at_once) // scenario.poisoned + number
        world.arm("red_ci", text=f"{name(guilty)} window show?", times=None)


def messages_of(world: World) -> list[str]:
    """Messages of the commits on main that changed something by themselves."""
    return world.git("log", "--no-merges", "--format=%B%x00", "main").split("\0")


def tte_s(task: dict[str, Any]) -> float:
    """From asked to merged."""
    asked, merged = (datetime.fromisoformat(task[name]) for name in ("created_at", "merged_at"))
    return (merged - asked).total_seconds()


def stays_s(tasks: Sequence[dict[str, Any]]) -> dict[str, float]:
    """How long a usual task was in each state up to the merge."""
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for task in tasks:
        per_state: defaultdict[str, float] = defaultdict(float)
        for stay in task["stages"]:
            if stay["left_at"] and stay["left_at"] <= task["merged_at"]:
                per_state[stay["state"]] += stay["seconds"]
        for state, seconds in per_state.items():
            spent[state].append(seconds)
    return {state: round(median(seconds), 2) for state, seconds in spent.items()}
