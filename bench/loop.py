"""How long a question takes to become a verified change, alone, and how much of it is the product's own.

`scripts/bench loop` starts everything in a directory of its own, asks questions one after the other over
HTTP, and subtracts the time in which the sandbox was busy (requests, CI, deploys). In the same run, on the
same Redis, a bare Celery chain of as many no-op jobs and a chord as wide as the loop's are timed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from bench import loop_plain
from bench.loop_asking import Lap, ask
from bench.loop_jobs import jobs_in, rest
from bench.loop_pacing import wait_for_room
from bench.loop_questions import QUESTIONS
from bench.loop_report import figures_of, middle_job_count, summarise, table
from scripts.local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Fills caches and connections; as a first question of the day it is slower, and shown apart.
_WARM_UPS = 1


def main() -> None:
    """Measure and print; nothing is left running."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        # `wait_for_room` keeps laps apart; a pause of the product itself in one would be measured.
        no_limits = Stack.in_directory(
            directory, SUBMIT_LIMIT_PER_MINUTE="0", WRITES_PER_MINUTE="0", WRITES_PER_HOUR="0"
        )
        with no_limits as stack:
            laps = _laps(stack, QUESTIONS[: options.runs + _WARM_UPS])
            figures = _figures(stack, directory, laps)
            plain_s = _bare_celery(stack, figures[_WARM_UPS:])
    summary = summarise(figures[_WARM_UPS:], plain_s)
    summary["first_question_s"] = figures[0]["total_s"]
    print(table(summary))
    found = {"summary": summary, "laps": figures}
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    else:
        print(json.dumps(summary))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench loop", description=__doc__)
    most = len(QUESTIONS) - _WARM_UPS
    parser.add_argument("--runs", type=int, default=20, help=f"questions that count, at most {most}")
    parser.add_argument("--json", type=Path, help="file for all figures; else the summary is printed as JSON")
    options = parser.parse_args()
    if not 1 <= options.runs <= most:
        parser.error(f"--runs must be 1 to {most}")
    return options


def _laps(stack: Stack, questions: Sequence[str]) -> list[Lap]:
    laps = []
    with httpx2.Client(base_url=stack.web_url, timeout=30) as web:
        for question in questions:
            rest(stack.env["REDIS_URL"])
            wait_for_room(stack)
            laps.append(ask(web, question))
            stack.tick()
    return laps


def _figures(stack: Stack, directory: Path, laps: Sequence[Lap]) -> list[dict[str, Any]]:
    log = httpx2.get(f"{stack.sandbox_url}/_sandbox/log").raise_for_status().json()
    jobs = jobs_in((directory / "logs").glob("worker-*.log"))
    return [figures_of(lap, log, jobs) for lap in laps]


def _bare_celery(stack: Stack, figures: Sequence[dict[str, Any]]) -> list[float]:
    length, width = (middle_job_count(figures, part) for part in ("in_chains", "in_the_chord"))
    with loop_plain.workers(stack.env["REDIS_URL"]):
        loop_plain.run_once(length=length, width=width)
        return [loop_plain.run_once(length=length, width=width) for _ in figures]


if __name__ == "__main__":
    main()
