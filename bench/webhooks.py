"""How soon a signed webhook delivery is answered.

`scripts/bench webhooks` sends real payloads over 16 connections to the WSGI server, on PostgreSQL and SQLite,
and prints P50, P95 and P99. GitHub gives up after 10 s; the target is an answer in under 100 ms. SQLite is
served by one process, as `scripts/run` has it: several keep each other from writing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.submission.servers import run_client, serving
from bench.submission.stores import migrate, postgresql, redis_server
from tests.contracts.webhooks.examples import SECRET

TARGET_P99_MS = 100.0
#: The first seconds fill caches and prepare connections; they are not counted.
_WARM_UP_S = 2.0


def main() -> None:
    """Measure on both databases and print a table; exit code 1 when the target is missed or one not taken."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with redis_server(directory) as redis_url, postgresql(directory) as database_url:
            urls = {"postgresql": database_url, "sqlite": f"sqlite:///{directory / 'db.sqlite3'}"}
            figures = [
                {"store": store, **measure(urls[store], redis_url, options)} for store in options.stores
            ]
    print("store        answers/s  P50 ms  P95 ms  P99 ms  CPU ms each  not 202")
    for line in figures:
        print(_row(line))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    sys.exit(any(line["p99_ms"] >= TARGET_P99_MS or line["not_202"] for line in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench webhooks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2, help="gunicorn processes on PostgreSQL")
    parser.add_argument("--threads", type=int, default=8, help="threads per process")
    parser.add_argument("--stores", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


def measure(database_url: str, redis_url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Serve from one database and deliver to it for some seconds."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
    }
    migrate(environment)
    subprocess.run([sys.executable, "-m", "bench.deliveries.rows"], env=environment, check=True)
    words = ("bench.deliveries.load", "{port}", str(options.connections))
    workers = 1 if database_url.startswith("sqlite") else options.workers
    with serving("closedloop.wsgi", environment, workers=workers, threads=options.threads) as server:
        client = [word.format(port=server.port) for word in words]
        run_client(*client, str(_WARM_UP_S))
        before = server.cpu_s()
        found: dict[str, Any] = run_client(*client, str(options.seconds))
        cpu_s = server.cpu_s() - before
    others = found["requests"] - found["statuses"].get("202", 0)
    return {**found, "not_202": others, "cpu_ms": cpu_s / found["requests"] * 1000}


def _row(line: dict[str, Any]) -> str:
    rate = line["requests"] / line["seconds"]
    times = "  ".join(f"{line[name]:6.1f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
    return f"{line['store']:<11}  {rate:9.0f}  {times}  {line['cpu_ms']:11.2f}  {line['not_202']:7}"


if __name__ == "__main__":
    main()
