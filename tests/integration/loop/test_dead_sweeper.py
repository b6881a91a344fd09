"""Whoever sweeps may die like anybody else: another sweeps in time for killed steps to go on."""

from __future__ import annotations

from datetime import timedelta

from closedloop.beat import BEAT_SCHEDULE
from tasks_app.services.sweep import try_lease

#: What a killed step may wait beyond its own lease; the sweep comes once a second.
ALLOWED = timedelta(seconds=2)
EVERY = timedelta(seconds=1)


def test_the_lease_of_a_dead_sweeper_is_over_in_time(town):
    assert try_lease("tasks", town.ports)
    town.now += ALLOWED - EVERY
    assert try_lease("tasks", town.ports)


def test_a_dead_worker_takes_no_sweep_with_it():
    queues: dict[str, set[str]] = {}
    for entry in BEAT_SCHEDULE.values():
        queues.setdefault(entry["task"], set()).add(entry["options"]["queue"])
    assert queues["tasks.sweep"] == queues["rollback.sweep"] == {"main", "orchestrator"}
