"""What is lost, stuck or doubled when processes are killed: the product beside stock Celery.

`scripts/bench faults` sends as many tasks through the loop as it sends plain chains of five steps through
stock Celery, kills the same kinds of processes at the same times on both sides, and counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from bench.faults_ours import LEASE_S, Ours
from bench.faults_report import as_data, table
from bench.faults_run import run
from bench.faults_schedule import FULL
from bench.faults_stock import Stock


def main() -> None:
    """Measure and print; nothing is left running."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        ours, stock = Ours(Path(name) / "ours"), Stock(Path(name) / "stock")
        results = run((ours, stock), FULL)
    kills = {side.name: dict(Counter(one.fault.value for one in side.killed)) for side in (ours, stock)}
    print(table(results, kills, LEASE_S))
    for line in ours.unfinished:
        print(f"  not done: {line}")
    for seconds, orphan in sorted(ours.recovery.times, key=lambda one: one[0])[-3:]:
        print(f"  slow: {seconds:.2f} s for {orphan.table} after {orphan.killed.fault} {orphan.killed.what}")
    if options.json:
        found = {"results": as_data(results), "kills": kills}
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench faults", description=__doc__)
    parser.add_argument("--json", type=Path, help="file for all figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
