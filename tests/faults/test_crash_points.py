"""At every point at which a process may end one did end; nothing is lost, nothing happened twice."""

from __future__ import annotations

import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bench.loop_questions import QUESTIONS
from closedloop.wiring import Ports
from tests.fakes import watched
from tests.faults import plays, points, way_back
from tests.faults.book import CrashBook, Strike
from tests.faults.crew import mortal
from tests.faults.evidence import wrongs
from tests.faults.ruins import Ruins, ruins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(480)]

#: Of the world, what is no other side that could be called.
NOT_A_PORT = {"clock", "worker", "mark", "new_id"}
#: Enough passengers for a second pull request, one call of the model at once, as many tries as deaths need.
SETTINGS = {
    "LANE_SIZE": "4",
    "OPENAI_ATTEMPTS": "40",
    "OPENAI_CONCURRENCY": "1",
    "WRITES_PER_MINUTE": "0",
    "WRITES_PER_HOUR": "0",
}
#: A circuit that opens would have tasks answered without the model before the play gets to them.
THERE = {
    "BREAKER_FAILURES": "10000",
    "CHECK_COMMANDS": f"{shlex.quote(sys.executable)} checks/lint.py",
    "CHECK_TIMEOUT_S": "2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a stack went through."""

    strikes: list[Strike]
    #: Points that nobody passed.
    unreached: set[str]
    wrong: list[str]


def run(directory: Path, armed: set[str], play: Callable[[Ruins, str], None], **settings: str) -> Outcome:
    """Play in a stack of its own, all of whose processes die at the armed points."""
    book = CrashBook(directory / "book")
    crew = partial(mortal, directory / "book")
    with ruins(directory, crew=crew, book=book, **SETTINGS, **settings) as world:
        token = world.new_token()
        book.arm(armed)
        play(world, token)
        unreached = book.disarm()
        world.until(world.all_rest, "everything rests")
        return Outcome(strikes=book.strikes(), unreached=unreached, wrong=wrongs(world))


def there(world: Ruins, token: str) -> None:
    questions = iter(QUESTIONS)
    take = partial(_take, questions)
    plays.straight(world, take(8))
    plays.red_ci(world, take(4), token)
    plays.cancelled(world, take(4), token)
    plays.asked_twice(world, next(questions), take(2))
    plays.bad_weather(world, take(6))
    plays.forge_trouble(world, take(2), token)
    plays.copies_lost(world)
    plays.database_away(world, take(4))
    plays.slowed_down(world, next(questions))
    plays.unknown_merge(world, questions, token)


def back(world: Ruins, token: str) -> None:
    take = partial(_take, iter(QUESTIONS))
    way_back.late_deploys(world, take(5), token)
    way_back.taken_back(world, take(3))
    way_back.given_up(world, zip(take(4), take(4), strict=True), token)
    way_back.not_taken_back(world, take(6))
    way_back.built_anew(world, take(4), token)


def _take(questions, count):
    return [next(questions) for _ in range(count)]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Both stacks at the same time: each spends its time waiting for leases."""
    there_dir, back_dir = tmp_path_factory.mktemp("there"), tmp_path_factory.mktemp("back")
    with ThreadPoolExecutor(2) as pool:
        ways = [
            pool.submit(run, there_dir, points.way_there_points(), there, **THERE),
            pool.submit(run, back_dir, points.way_back_points(), back, **way_back.SETTINGS),
        ]
        return [way.result() for way in ways]


def test_every_port_is_watched():
    assert {field.name for field in fields(Ports)} - NOT_A_PORT == {*watched.BUILT, *watched.READY}


def test_every_point_killed_a_process(outcomes):
    died = {strike.point for outcome in outcomes for strike in outcome.strikes}
    assert points.all_points() - died == set()


def test_points_that_are_never_reached_exist():
    named = {point.rpartition(":")[0] for point in watched.call_points() | watched.commit_points()}
    assert set(points.NEVER) - named == set()


def test_nothing_was_lost_and_nothing_happened_twice(outcomes):
    assert [wrong for outcome in outcomes for wrong in outcome.wrong] == []
