"""Stock Celery under the same kills: plain chains of five steps, acks_late, everything else by default.

`celery -A bench.faults_plain worker` runs it; `BENCH_REDIS_URL` names the broker, `BENCH_EFFECTS` the file
into which every step writes its one effect.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import Celery, chain

from bench import faults_busy

URL, EFFECTS = "BENCH_REDIS_URL", "BENCH_EFFECTS"
STEPS = 5
#: Seconds of a step: long enough for there to be work in hand whenever something is killed.
_STEP_S = 2.0

app = Celery("plain")
app.conf.update(broker_url=os.environ.get(URL), task_acks_late=True, task_ignore_result=True)
if faults_busy.VARIABLE in os.environ:
    faults_busy.listen()


@app.task(name="plain.step")
def step(item: str, number: int) -> None:
    """Work for a while and have the effect; who dies before the acknowledgement has had it all the same."""
    time.sleep(_STEP_S / 2)
    with Path(os.environ[EFFECTS]).open("a", encoding="utf-8") as out:
        out.write(f"{item} {number}\n")
    time.sleep(_STEP_S / 2)


def start(item: str) -> None:
    """Send one chain."""
    chain(*(step.si(item, number) for number in range(STEPS))).apply_async()
