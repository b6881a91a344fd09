"""A worker that lives and answers, yet consumes nothing, is replaced."""

from __future__ import annotations

import pytest
from celery import Celery

pytestmark = pytest.mark.acceptance

#: Hearts look every two seconds; starting anew takes about five.
SETTINGS = {"CANARY_GRACE_S": "6"}


def test_a_worker_that_consumes_nothing_is_replaced_and_work_goes_on(world):
    supervisor = world.stack.supervisor
    deaf = supervisor.pids()["worker-io"]
    with Celery(broker=world.stack.env["REDIS_URL"]) as app:
        found = app.control.inspect(timeout=10).active_queues() or {}
        (node,) = [name for name in found if name.startswith("io@")]
        for queue in [one["name"] for one in found[node]]:
            app.control.cancel_consumer(queue, destination=[node], reply=True, timeout=10)
        assert app.control.ping([node], timeout=10) == [{node: {"ok": "pong"}}]
        consumed = (app.control.inspect([node], timeout=10).active_queues() or {}).get(node)
        # On a busy machine its successor, which has its name, may answer already.
        assert not consumed or supervisor.pids().get("worker-io") != deaf
    task_id = world.ask("How many requests per minute may an API key send?")
    world.until(lambda: supervisor.pids().get("worker-io") not in {None, deaf}, "the worker is replaced")
    assert '"event": "worker_is_deaf"' in supervisor.log_of("worker-io").read_text(encoding="utf-8")
    task = world.reaches(task_id, "done")
    assert world.commits_of(task_id) == [task["merge_sha"]]
    reported = world.sandbox.get("/_sandbox/sentry").text
    assert "takes no jobs and leaves" in reported
