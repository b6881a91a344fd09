"""The naive flow in the same world: started, given so much time, counted in the same way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from bench.lanes_counts import figures_of
from bench.lanes_plan import quantiles
from bench.lanes_questions import question
from bench.lanes_world import running, slow_down
from scripts.local.environment import REPO
from tasks_app.pipeline import faq

if TYPE_CHECKING:
    from pathlib import Path

    from bench.lanes_plan import Scenario
    from tests.acceptance.world import World

#: It would take hours.
_CAP_S = 300.0


def measure(scenario: Scenario, directory: Path) -> dict[str, Any]:
    """Run it and say what came of it until the time was over."""
    with running(directory, facts=scenario.at_once, is_naive=True) as world:
        slow_down(world, scenario.pace)
        before, since_s = world.faq(), time.time()
        merged = _run(world, scenario.at_once, directory / "naive.jsonl")
        took_s = time.time() - since_s
        counts = world.sandbox.get("/_sandbox/counts", params={"since": since_s}).raise_for_status().json()
        landed = Counter(entry.question for entry in faq.entries(world.faq()))
        landed.subtract(entry.question for entry in faq.entries(before))
        asked = [question(number) for number in range(scenario.at_once)]
        return {
            "asked": len(asked),
            "merged": len(merged),
            "failed": 0,
            "unfinished": [text for text in asked if text not in {one["question"] for one in merged}],
            "lost": [one["question"] for one in merged if not landed[one["question"]]],
            "doubled": [text for text, times in landed.items() if times > 1],
            "wrong": [],
            "tte_s": quantiles([one["seconds"] for one in merged]),
            "tries": sum(one["tries"] for one in merged),
            "took_s": round(took_s, 1),
            **figures_of(counts, merged=len(merged)),
        }


def _run(world: World, count: int, output: Path) -> list[dict[str, Any]]:
    words = {"--url": world.stack.sandbox_url, "--repo": REPO, "--token": world.stack.env["GITHUB_TOKEN"]}
    words["--count"] = str(count)
    command = [sys.executable, "-m", "bench.lanes_naive", *(f"{name}={word}" for name, word in words.items())]
    with output.open("w", encoding="utf-8") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL)
        world.stack.wait_until(lambda: process.poll() is not None, _CAP_S)
        process.kill()
        process.wait()
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
