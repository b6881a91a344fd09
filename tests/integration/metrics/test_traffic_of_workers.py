"""What a real worker has sent is written down before it is gone."""

import signal
import sqlite3
import uuid

import pytest

from tests.integration.metrics import slow_job
from tests.integration.metrics.processes import send, sign, worker


def pushes(database):
    with sqlite3.connect(database) as connection:
        found = connection.execute("SELECT kind, sum(requests) FROM metrics_app_forgetraffic GROUP BY kind")
        return dict(found.fetchall()).get("git_push", 0)


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_that_is_asked_to_stop_leaves_no_request_uncounted(
    running, redis, redis_url, database, pool
):
    before = pushes(database)
    process = running(database, *worker(pool))
    row_id = str(uuid.uuid4())
    send(redis_url, row_id, slow_job.PUSHING)
    sign(redis, f"{pool}@here", status="running", current_job=slow_job.PUSHING)
    process.send_signal(signal.SIGTERM)
    redis.rpush(f"gate:{row_id}", "go")  # it pushes now, and its worker ends at once
    process.wait(30)
    assert pushes(database) == before + 1
