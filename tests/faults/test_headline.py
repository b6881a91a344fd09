"""Tasks under kills of children, workers and Redis: all finished, none lost, none stuck, none twice.

The same run as `scripts/bench faults`, with smaller numbers and without stock Celery beside it.
"""

from __future__ import annotations

import pytest

from bench.faults_ours import Ours
from bench.faults_run import run
from bench.faults_schedule import FULL, Fault, Size, faults, waves

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SMALL = Size(tasks=20, children=3, parents=2, redises=2, span_s=35.0)
LEASE_S = 4.0
SETTINGS = {"LEASE_S": str(LEASE_S), "GITHUB_TIMEOUT_S": "3", "OPENAI_TIMEOUT_S": "3"}


@pytest.fixture(scope="module")
def side(tmp_path_factory):
    return Ours(tmp_path_factory.mktemp("headline") / "ours", **SETTINGS)


@pytest.fixture(scope="module")
def result(side):
    return run([side], SMALL)[0]


def test_everything_is_finished_once(result):
    seen = (result.submitted, result.finished, result.lost, result.stuck, result.doubled)
    assert seen == (SMALL.tasks, SMALL.tasks, 0, 0, 0)


def test_every_kind_of_process_was_killed(side, result):
    assert {killed.fault for killed in side.killed} == set(Fault)


def test_what_the_dead_held_was_claimed_again(side, result):
    assert side.recovery.unclaimed() == []


def test_a_killed_step_goes_on_within_its_lease_and_two_seconds(result):
    assert result.recoveries_s
    assert max(result.recoveries_s) <= LEASE_S + 2


def test_the_schedule_kills_and_submits_as_often_as_it_says():
    kinds = [fault for _, fault in faults(FULL)]
    assert {kind: kinds.count(kind) for kind in Fault} == {Fault.CHILD: 10, Fault.PARENT: 5, Fault.REDIS: 2}
    assert sum(count for _, count in waves(FULL)) == FULL.tasks
    assert max(at_s for at_s, _ in [*faults(FULL), *waves(FULL)]) < FULL.span_s
