"""The side of stock Celery: workers and Redis under the same supervisor, and what became of the chains."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from kombu.exceptions import OperationalError
from redis import Redis

from bench import faults_busy, faults_plain
from bench.faults_killing import Killing
from bench.faults_report import Result
from bench.submission.patience import until
from scripts.local import data_dir, ports, probes
from scripts.local.children import WORKERS, Child, redis_child
from scripts.local.places import RUN_REQUIREMENTS
from scripts.local.redis_binary import find_redis
from scripts.local.redis_config import write_config
from scripts.local.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.faults_killing import Killed
    from bench.faults_schedule import Fault

_PASSWORD = "bench"  # noqa: S105 - of a server on the loopback that lives for minutes
_WORKERS = ("plain1", "plain2")
#: Children of each worker.
_CHILDREN = 4


class Stock:
    """Plain chains."""

    name = "stock Celery"

    def __init__(self, directory: Path) -> None:
        self._place = data_dir.prepare(directory)
        self._effects = self._place / "effects.txt"
        self._effects.touch()
        (self._place / "busy").mkdir()
        self._port = ports.free_port()
        self._url = f"redis://:{_PASSWORD}@{ports.HOST}:{self._port}/0"
        self._items: list[str] = []
        self.supervisor = Supervisor(self._place / "logs", lambda _: None)
        self._killing = Killing(self.supervisor, self._place, parents=_WORKERS, children=[lambda _: True])

    def start(self) -> None:
        """Start Redis and both workers, and return when they are ready."""
        config = write_config(self._place, "redis", port=self._port, password=_PASSWORD)
        env = {
            **os.environ,
            faults_plain.URL: self._url,
            faults_plain.EFFECTS: str(self._effects),
            faults_busy.VARIABLE: str(self._place / "busy"),
        }
        redis = redis_child(find_redis(RUN_REQUIREMENTS), config, env, port=self._port, password=_PASSWORD)
        self.supervisor.start([redis])
        self.supervisor.wait_ready(["redis"], 30)
        self.supervisor.start([_worker(name, env) for name in _WORKERS])
        self.supervisor.wait_ready(_WORKERS, 60)
        faults_plain.app.conf.update(broker_url=self._url)

    def submit(self, count: int) -> None:
        """Send chains, insisting while Redis is away: who submits is not what is tested."""
        for _ in range(count):
            item = f"item-{len(self._items)}-end"
            self._items.append(item)
            until(lambda: _is_sent(item), "a chain is sent", timeout_s=30)  # noqa: B023

    def try_kill(self, fault: Fault) -> Killed | None:
        """Kill one process of this side."""
        return self._killing.try_kill(fault)

    @property
    def killed(self) -> Sequence[Killed]:
        """Who was killed."""
        return self._killing.killed

    def tick(self) -> None:
        """Restart what died."""
        self.supervisor.tick()

    def is_finished(self) -> bool:
        """Whether every chain has had its last effect."""
        return len(self._finished()) == len(self._items)

    def result(self) -> Result:
        """Count, after the last patience is over."""
        finished, waiting = self._finished(), self._waiting()
        open_ones = [item for item in self._items if item not in finished]
        stuck = sum(f'"{item}"' in waiting for item in open_ones)
        doubled = sum(count > 1 for count in Counter(self._effects.read_text("utf-8").splitlines()).values())
        return Result(
            side=self.name,
            submitted=len(self._items),
            finished=len(finished),
            lost=len(open_ones) - stuck,
            stuck=stuck,
            doubled=doubled,
            recoveries_s=(),
        )

    def stop(self) -> None:
        """End everything."""
        self.supervisor.kill()

    def _finished(self) -> set[str]:
        lines = self._effects.read_text(encoding="utf-8").splitlines()
        return {line.partition(" ")[0] for line in lines if line.endswith(f" {faults_plain.STEPS - 1}")}

    def _waiting(self) -> str:
        """Every message that Redis still holds, waiting or handed out."""
        client = Redis.from_url(self._url)
        waiting: Any = client.lrange("celery", 0, -1)
        handed_out: Any = client.hvals("unacked")
        return "\n".join(
            [*map(_body, waiting), *(_body(json.dumps(json.loads(one)[0])) for one in handed_out)]
        )


def _body(message: bytes | str) -> str:
    return base64.b64decode(json.loads(message)["body"]).decode()


def _is_sent(item: str) -> bool:
    try:
        faults_plain.start(item)
    except (OperationalError, OSError):
        return False
    return True


def _worker(name: str, env: dict[str, str]) -> Child:
    command = (sys.executable, "-m", "celery", "-A", "bench.faults_plain", "worker", "-c", str(_CHILDREN))
    return Child(
        name=name,
        argv=(*command, "-n", f"{name}@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        env=env,
        is_ready=lambda output: probes.says(output, f"{name}@", " ready"),
        layer=WORKERS,
    )
