"""How many questions at once, how soon they are merged, and what they cost in requests to GitHub.

`scripts/bench lanes` runs each scenario in a world of its own, with GitHub's limits and its pace in force.
The naive flow, a branch and a pull request for each question, can be measured beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import lanes_beside, lanes_run, lanes_simulated
from bench.lanes_plan import USUAL_CI_S, USUAL_DEPLOY_S, USUAL_MODEL_S, Pace, Scenario, targets
from bench.lanes_questions import MOST
from bench.lanes_report import head, row


def main() -> None:
    """Measure and print; nothing is left running."""
    options = _options()
    runs = _simulated(options.simulate_hours) if options.simulate_hours else _run_all(_scenarios(options))
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1, ensure_ascii=False), encoding="utf-8")


def _simulated(hours: float) -> list[dict[str, Any]]:
    found = lanes_simulated.simulate(hours)
    print(lanes_simulated.told(found))
    return [found]


def _run_all(scenarios: list[Scenario]) -> list[dict[str, Any]]:
    print(head(), flush=True)
    return [_measured(scenario) for scenario in scenarios]


def _measured(scenario: Scenario) -> dict[str, Any]:
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as name:
        measure = lanes_beside.measure if scenario.is_naive else lanes_run.measure
        found = measure(scenario, Path(name))
    loads.append(os.getloadavg()[0])
    print(
        row(scenario, found), f"  load of the machine {loads[0]:.1f} → {loads[1]:.1f}", sep="\n", flush=True
    )
    return {"scenario": asdict(scenario), "load": loads, "targets": targets(scenario, found), **found}


def _scenarios(options: argparse.Namespace) -> list[Scenario]:
    pace = Pace(ci_s=options.ci, model_s=options.model, deploy_s=options.deploy)
    ours = [
        Scenario(
            at_once=count,
            pace=pace,
            poisoned=options.poisoned,
            human_every_s=options.human_every,
            undone=options.undo,
        )
        for count in options.at_once
    ]
    naive = [replace(one, is_naive=True, poisoned=0, human_every_s=None) for one in ours if options.naive]
    return ours + naive


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench lanes", description=__doc__)
    add = parser.add_argument
    add("--at-once", type=int, nargs="+", default=[1, 10, 100], metavar="N", help="questions; a run for each")
    add("--ci", type=float, default=USUAL_CI_S, metavar="S", help="seconds that CI takes")
    add("--model", type=float, default=USUAL_MODEL_S, metavar="S", help="seconds that the model takes")
    add("--deploy", type=float, default=USUAL_DEPLOY_S, metavar="S", help="seconds that a deploy takes")
    add("--poisoned", type=int, default=0, metavar="N", help="so many answers are refused by CI")
    add("--human-every", type=float, metavar="S", help="a person pushes to the same file so often")
    add("--undo", type=int, default=3, metavar="N", help="roll so many back one by one afterwards")
    add("--naive", action="store_true", help="run the naive flow, too; it has five minutes")
    add(
        "--simulate-hours",
        type=float,
        metavar="H",
        help="2000 questions an hour in the simulated town, instead",
    )
    add("--json", type=Path, help="file for all figures")
    options = parser.parse_args()
    if not all(1 <= count <= MOST // 2 for count in options.at_once):
        parser.error(f"--at-once takes numbers from 1 to {MOST // 2}")
    return options


if __name__ == "__main__":
    main()
