"""Forty questions at once for one file, which a person edits meanwhile: what main and the counts say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bench.lanes_counts import figures_of
from bench.lanes_history import Verdict, judge
from bench.lanes_person import Person
from bench.lanes_plan import WRITES_PER_BATCH
from bench.lanes_questions import DOCUMENT, document
from bench.lanes_run import ask_all, messages_of
from bench.lanes_world import let_people_push
from tests.acceptance.world import FAQ

if TYPE_CHECKING:
    from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

#: As GitHub's, which the sandbox enforces.
SETTINGS = {"WRITES_PER_MINUTE": "80", "WRITES_PER_HOUR": "500", "PROBE_PAUSE_S": "0.2"}
COUNT, CI_MS, EVERY_S = 40, 1000, 3.0
#: Their conflict included; one pull request for each question would be forty.
MOST_BATCHES = 8


@pytest.fixture(scope="module")
def person(world: World) -> Person:
    """Somebody who may push, and has written down what is asked about."""
    let_people_push(world)
    found = Person(world)
    found.write(lambda clone: (clone / DOCUMENT).write_text(document(COUNT), encoding="utf-8"), "Facts")
    return found


@pytest.fixture(scope="module")
def before(world: World, person: Person) -> str:
    return world.faq()


@pytest.fixture(scope="module")
def since_s(before: str) -> float:
    return time.time()


@pytest.fixture(scope="module")
def tasks(world: World, person: Person, since_s: float) -> list[dict[str, Any]]:
    """All of them, once they are merged."""
    world.arm("slow_ci", delay_ms=CI_MS, times=None)
    with person.at_work(EVERY_S):
        ids = ask_all(world, range(COUNT))
        world.until(
            lambda: not world.rows("SELECT 1 FROM agent_tasks WHERE merged_at IS NULL"), "all merged", 90
        )
    return [world.task(task_id) for task_id in ids]


@pytest.fixture(scope="module")
def costs(world: World, since_s: float, tasks: list[dict[str, Any]], person: Person) -> dict[str, Any]:
    counts = world.sandbox.get("/_sandbox/counts", params={"since": since_s}).json()
    return figures_of(counts, merged=COUNT, pushes=len(person.edits) + person.lost_races)


def test_each_is_on_main_once_and_nothing_else_has_changed(world, person, before, tasks):
    found = judge(tasks, messages_of(world), (before, world.faq()), person.edits)
    assert found == Verdict(lost=(), doubled=(), wrong=())


def test_every_edit_of_the_person_is_kept(world, person, tasks):
    assert len(person.edits) > 1
    assert [world.faq().splitlines().count(heading) for heading in person.edits] == [1] * len(person.edits)


def test_every_commit_of_ours_touches_the_file_alone(world, tasks):
    ours = ("--no-merges", "--grep=trace-id: ", "main")
    touched = world.git("log", "--format=", "--name-only", *ours).split()
    assert touched == [FAQ] * COUNT


def test_they_share_few_pull_requests_of_few_writes(costs):
    assert costs["batches"] <= MOST_BATCHES
    assert costs["writes_per_batch"] <= WRITES_PER_BATCH
    assert costs["refusals"] == 0
