"""Whoever sweeps may die like anybody else: another sweeps in time for killed steps to go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from closedloop.beat import BEAT_SCHEDULE
from tasks_app.services.sweep import is_silent, release_lease, try_lease

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


def test_a_sweeper_whose_clock_was_far_ahead_does_not_stop_the_others(town):
    ahead = replace(town.ports, clock=lambda: town.now + timedelta(days=1))
    assert try_lease("tasks", ahead)
    release_lease("tasks", ahead)
    town.now += timedelta(seconds=2)
    assert is_silent("tasks", now=town.now, for_longer_than=timedelta(seconds=30))
    assert try_lease("tasks", town.ports)
