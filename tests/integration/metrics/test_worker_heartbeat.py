"""Signs of life of real Celery processes, read where operators' tools read them: in Redis."""

import os
import signal
import sqlite3
import uuid

import pytest
from celery import Celery

from tests.integration.metrics import slow_job
from tests.integration.metrics.processes import send, sign, worker
from tests.integration.metrics.waiting import until


def rows(database, query, *values):
    with sqlite3.connect(database) as connection:
        return connection.execute(query, values).fetchall()


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_tells_what_it_has_in_hand_and_says_goodbye(running, redis, redis_url, database, pool):
    process = running(database, *worker(pool))
    name = f"{pool}@here"
    idle = sign(redis, name, status="idle", app_version="v-test", tasks_completed="0")
    row_ids = [str(uuid.uuid4()), str(uuid.uuid4())]
    for row_id in row_ids:
        send(redis_url, row_id)
    sign(redis, name, status="running", current_job=slow_job.NAME, running_jobs="2")
    for row_id in row_ids:
        redis.rpush(f"gate:{row_id}", "go")
    sign(redis, name, status="idle", tasks_completed="2", current_job="", running_jobs="0")
    process.send_signal(signal.SIGTERM)
    sign(redis, name, status="stopped")
    process.wait(30)  # the row follows the sign
    assert float(idle["memory_mb"]) > 10
    query = "SELECT status, tasks_completed, app_version FROM metrics_app_workerheartbeat WHERE worker_id = ?"
    assert rows(database, query, name) == [("stopped", 2, "v-test")]


def test_a_database_that_is_away_costs_rows_and_no_work(running, redis, redis_url, tmp_path):
    running(tmp_path / "nothing_in_here.sqlite3", *worker("threads"))
    row_id = str(uuid.uuid4())
    send(redis_url, row_id)
    sign(redis, "threads@here", status="running", current_task_id=row_id)
    redis.rpush(f"gate:{row_id}", "go")
    sign(redis, "threads@here", status="idle", tasks_completed="1")


def test_beat_lives_by_what_it_sends(running, redis, database, tmp_path):
    host = os.uname().nodename
    running(database, "beat", "--schedule", str(tmp_path / "schedule"))
    first = sign(redis, f"beat@{host}", status="idle")
    until(
        lambda: redis.hget(f"worker:heartbeat:beat@{host}", "last_heartbeat") > first["last_heartbeat"],
        what="a second sign of beat",
    )
    assert redis.llen("main") > 0


def test_runs_of_scheduled_jobs_are_kept_by_name_and_those_of_the_sweep_are_not(running, redis_url, database):
    running(database, *worker("prefork", "main"))
    with Celery(broker=redis_url) as app:
        for job in ("tasks.sweep", "metrics.project", "metrics.record_slo"):
            app.send_task(job, queue="main")
    query = "SELECT task_name, status FROM django_celery_results_taskresult"
    found = until(lambda: rows(database, query), what="a run is kept")
    assert found == [("metrics.record_slo", "SUCCESS")]
