"""How fast and how dearly a question is accepted, beside two other designs.

`scripts/bench submit` lets them take turns of a few seconds, A B C A B C, so that a busy machine
harms all alike: `ours` · `plain` = DRF + ORM save + `.delay` on the same database and broker · `rfc` =
Flask + RQ + Redis hash. All are behind the same gunicorn with as many workers and threads. CPU is that
of the server's whole process tree, threads that carry hints and copies included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.submission.report import summarise, table
from bench.submission.servers import Server, load, serving
from bench.submission.stores import migrate, postgresql, redis_server

#: The first seconds fill caches and prepare connections; they are not counted.
WARM_UP_S = 2.0

CANDIDATES = {
    "ours": "closedloop.wsgi",
    "plain": "bench.submission.plain.wsgi",
    "rfc": "bench.submission.rfc.app",
}


def main() -> None:
    """Measure on PostgreSQL, then on SQLite, and print a table."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with redis_server(directory) as redis_url, postgresql(directory) as database_url:
            stores = {"postgresql": database_url, "sqlite": f"sqlite:///{directory / 'db.sqlite3'}"}
            runs = [
                run for store in options.stores for run in measure(store, stores[store], redis_url, options)
            ]
    figures = summarise(runs)
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps({"runs": runs, "summary": figures}, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench submit", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=6, help="turns of each candidate")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2, help="gunicorn processes")
    parser.add_argument("--threads", type=int, default=8, help="threads per process")
    parser.add_argument("--stores", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


def measure(
    store: str, database_url: str, redis_url: str, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Start every candidate on one database, warm it up, then let them take turns."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        # The limits stay in the path that is measured; they are only set out of reach.
        "SUBMIT_LIMIT_PER_MINUTE": "100000000",
        "QUEUE_LIMIT": "100000000",
        "LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
    }
    migrate(environment)
    subprocess.run([sys.executable, "-m", "bench.submission.plain"], env=environment, check=True)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                serving(application, environment, workers=options.workers, threads=options.threads)
            )
            for name, application in CANDIDATES.items()
        }
        for server in servers.values():
            load(server, connections=options.connections, seconds=WARM_UP_S, prefix=f"warm-{server.port}")
        turns = [(number, name) for number in range(options.rounds) for name in servers]
        return [
            {"store": store, "candidate": name, **take_turn(servers[name], f"{name}-{number}", options)}
            for number, name in turns
        ]


def take_turn(server: Server, prefix: str, options: argparse.Namespace) -> dict[str, Any]:
    """Keep one candidate busy for some seconds; what it answers must be 202 alone."""
    before = server.cpu_s()
    answer: dict[str, Any] = load(
        server, connections=options.connections, seconds=options.seconds, prefix=prefix
    )
    cpu_s = server.cpu_s() - before
    if set(answer["statuses"]) != {"202"}:
        raise SystemExit(f"{prefix} did not answer 202 alone: {answer['statuses']}")
    requests = answer["requests"]
    return {
        "requests": requests,
        "per_second": requests / answer["seconds"],
        "cpu_ms_per_request": cpu_s / requests * 1000,
        "p50_ms": answer["p50_ms"],
        "p95_ms": answer["p95_ms"],
    }


if __name__ == "__main__":
    main()
