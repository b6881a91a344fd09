"""`python -m tests.simulation`: run many seeds, or one with its whole log; 1 when anything was wrong."""

from __future__ import annotations

import argparse
import random
import sys
from typing import TYPE_CHECKING

from tests.simulation.many import Sum, run_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.outcome import Outcome

#: The seeds of every run of all checks: the same ones, so that a failure is a change's own.
FIRST, COUNT = 20_260_105, 2000
#: Logs of so many failed runs are printed.
_SHOWN = 3


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for."""
    asked = _read(arguments)
    if asked.simulate == 1:
        return _one(asked.seed, asked.steps)
    total = run_all(range(asked.seed, asked.seed + asked.simulate))
    rest, slowest = total.longest_rest
    _say(
        f"{total.runs} runs from seed {asked.seed} in {total.took_s:.0f} s: {len(total.failed)} failed; "
        f"at rest at most {rest} after the last trouble (seed {slowest})"
    )
    for outcome in total.failed[:_SHOWN]:
        _show(outcome)
    is_whole = asked.simulate >= COUNT
    missing = total.passages.missing() if is_whole else []
    _say(*missing, *(total.passages.spared() if is_whole else []))
    _count(total)
    return 1 if total.failed or missing else 0


def _count(total: Sum) -> None:
    passages = total.passages
    _say(f"{len(passages.passed)} points passed, at {len(passages.ended)} of them a process ended")


def _one(seed: int, steps: frozenset[int] | None) -> int:
    from tests.simulation import database  # noqa: PLC0415 - it needs Django's settings first

    database.prepare()
    from tests.simulation import drive, shrink  # noqa: PLC0415

    outcome = drive.run(seed, only=steps)
    _say(*outcome.records)
    _show(outcome)
    if outcome.findings and steps is None:
        kept = ",".join(map(str, shrink.steps_needed(outcome)))
        _say(f"these steps are enough: scripts/test --simulate 1 --seed {seed} --steps {kept}")
    return 1 if outcome.findings else 0


def _show(outcome: Outcome) -> None:
    _say(f"-- seed {outcome.seed}", *outcome.log)
    for finding in outcome.findings:
        _say(f"WRONG: {finding}")
    _say(f"-- repeat it with: scripts/test --simulate 1 --seed {outcome.seed}")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--simulate", type=int, metavar="N", help="how many runs (2000)")
    parser.add_argument(
        "--seed", type=int, metavar="S", help="the first seed; by chance when only N is given"
    )
    parser.add_argument("--steps", type=_numbers, metavar="I,J", help="leave every other step of one run out")
    asked = parser.parse_args(arguments)
    if asked.seed is None:
        asked.seed = FIRST if asked.simulate is None else random.randrange(10**9)
    asked.simulate = asked.simulate or COUNT
    return asked


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
