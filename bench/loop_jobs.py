"""Which Celery jobs ran, as the workers' logs tell it; and when the pools are at rest."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from redis import Redis

from bench.submission.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ENDED = re.compile(r"Task ([a-z_.]+)\[.*\] succeeded in ([0-9.]+)")
#: What beat sends, question or not.
_SCHEDULED = frozenset({"tasks.sweep", "rollback.sweep"})
_SCHEDULED_PREFIX = "metrics."
#: The member of the chord.
PROBE = "rollback.probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job that ended."""

    name: str
    #: `time.time()` when it ended
    ended_s: float
    #: how long it ran
    seconds: float


def jobs_in(logs: Iterable[Path]) -> list[Job]:
    """Every job of the loop that ended, by the end of its run."""
    found = [job for log in logs for line in log.open(encoding="utf-8") if (job := _job_in(line))]
    return sorted(found, key=lambda job: job.ended_s)


def _job_in(line: str) -> Job | None:
    ended = _ENDED.search(line)
    if not ended or ended[1] in _SCHEDULED or ended[1].startswith(_SCHEDULED_PREFIX):
        return None
    at = datetime.fromisoformat(json.loads(line)["timestamp"])
    return Job(name=ended[1], ended_s=at.timestamp(), seconds=float(ended[2]))


def counted(jobs: Iterable[Job], begin_s: float, end_s: float) -> Counter[str]:
    """How many of each name ended between two times."""
    return Counter(job.name for job in jobs if begin_s <= job.ended_s <= end_s)


def rest(redis_url: str) -> None:
    """Return once no message waits or is worked on, so that the next lap is alone."""
    client = Redis.from_url(redis_url)
    until(lambda: not (client.hlen("unacked") or client.llen("orchestrator") or client.llen("main")), "rest")
