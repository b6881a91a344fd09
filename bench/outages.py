"""What becomes of questions that are sent while Redis or the database is away.

`scripts/bench outages` starts the whole loop on SQLite, then on PostgreSQL, and takes the stores away one
after the other, a minute each: Redis killed and frozen, SQLite locked, PostgreSQL stopped. Every
accepted question must end, once.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench.outages_count import Asker, Outcome
from bench.outages_postgres import postgres_server
from bench.outages_troubles import frozen, killed, locked, stopped
from scripts.local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

_HEAD = "outage                     accepted  refused  completed  lost  doubled  slowest ms  settled after s"


def main() -> None:
    """Measure and print; exits 1 when something was lost or doubled."""
    options = _options()
    print(_HEAD)
    outcomes = [*_on_sqlite(options.seconds), *_on_postgresql(options.seconds)]
    if any(outcome.lost or outcome.doubled for outcome in outcomes):
        raise SystemExit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench outages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each outage")
    return parser.parse_args()


def _on_sqlite(seconds: float) -> list[Outcome]:
    with ExitStack() as opened:
        directory = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stack = opened.enter_context(_stack(directory))
        troubles = {
            "redis killed": lambda: killed(stack, "redis"),
            "redis frozen": lambda: frozen(stack, "redis"),
            "sqlite locked": lambda: locked(directory / "closedloop.sqlite3"),
        }
        return _take_turns(opened.enter_context(Asker(stack, directory)), troubles, seconds)


def _on_postgresql(seconds: float) -> list[Outcome]:
    with ExitStack() as opened:
        directory = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        server = opened.enter_context(postgres_server())
        stack = opened.enter_context(_stack(directory, server.url))
        asker = opened.enter_context(Asker(stack, directory))
        return _take_turns(asker, {"postgresql stopped": lambda: stopped(server)}, seconds)


def _stack(directory: Path, database_url: str = "") -> Stack:
    return Stack.in_directory(
        directory, lambda _line: None, SUBMIT_LIMIT_PER_MINUTE="0", DATABASE_URL=database_url
    )


def _take_turns(
    asker: Asker, troubles: Mapping[str, Callable[[], AbstractContextManager[None]]], seconds: float
) -> list[Outcome]:
    outcomes = []
    for name, trouble in troubles.items():
        asker.ask()  # everything is well, and every connection is open
        outcome = asker.live_through(trouble(), seconds)
        print(_row(f"{name} for {seconds:g} s", outcome), flush=True)
        outcomes.append(outcome)
    return outcomes


def _row(name: str, outcome: Outcome) -> str:
    counts = f"{len(outcome.accepted):8}  {len(outcome.refused):7}  {outcome.completed:9}  {outcome.lost:4}"
    return f"{name:<25}  {counts}  {outcome.doubled:7}  {outcome.slowest_ms:10.0f}  {outcome.settled_s:15.1f}"


if __name__ == "__main__":
    main()
