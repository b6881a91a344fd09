"""Somebody who does not stop pushing: to the same place on the page, or where heads must be up to date."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bench.lanes_person import Person
from bench.lanes_questions import DOCUMENT, document, question
from bench.lanes_world import let_people_push
from tests.acceptance.world import FAQ

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.world import World

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SETTINGS = {"PROBE_PAUSE_S": "0.2"}
CI_MS, EVERY_S = 5000, 2.0
#: Pull requests that a task may need until it has stepped aside.
MOST_PULLS = 4


@pytest.fixture(scope="module")
def person(world: World) -> Person:
    """Somebody who may push, and has written down what is asked about."""
    let_people_push(world)
    found = Person(world)
    found.write(lambda clone: (clone / DOCUMENT).write_text(document(3), encoding="utf-8"), "Facts")
    return found


@pytest.fixture
def slow_ci(world: World):
    world.arm("slow_ci", delay_ms=CI_MS, times=None)
    yield
    world.disarm()


@pytest.fixture
def strict_branch(world: World):
    checks = "/branches/main/protection/required_status_checks"
    world.at_forge("PATCH", checks, strict=True)
    yield
    world.at_forge("PATCH", checks, strict=False)


def write_entries(number: int, clone: Path) -> None:
    """An entry at the end of each section, wherever ours goes."""
    page = clone / FAQ
    title, *sections = page.read_text(encoding="utf-8").rstrip().split("\n\n## ")
    entries = [f"\n\n### Who wrote {number} in part {part}?\n\nA person." for part in range(len(sections))]
    grown = [section + entry for section, entry in zip(sections, entries, strict=True)]
    page.write_text("\n\n## ".join([title, *grown]) + "\n", encoding="utf-8")


def pulls_of(world: World) -> int:
    (row,) = world.rows("SELECT count(*) AS n FROM tasks_app_pullrequest WHERE number IS NOT NULL")
    return int(row["n"])


def is_merged(world: World, task_id: str) -> bool:
    return bool(world.task(task_id)["merged_at"])


def test_whoever_writes_to_the_same_place_is_stepped_around(world, person, slow_ci):
    before, task_id, written = pulls_of(world), world.ask(question(0)), 0
    end = time.monotonic() + 90
    while not is_merged(world, task_id) and time.monotonic() < end:
        written += 1
        person.write(partial(write_entries, written), f"By hand {written}")
        time.sleep(EVERY_S)
    assert is_merged(world, task_id)
    assert 2 <= pulls_of(world) - before <= MOST_PULLS  # a conflict was met, and few more
    headings = world.faq().splitlines()
    by_hand = [line for line in headings if line.startswith("### Who wrote ")]
    assert {f"### Who wrote {number} in part 0?" for number in range(1, written + 1)} <= set(by_hand)
    assert len(by_hand) == len(set(by_hand))
    assert headings.count(f"### {question(0)}") == 1


def test_what_must_be_up_to_date_is_built_anew_when_the_base_has_moved(world, person, slow_ci, strict_branch):
    before, task_id = pulls_of(world), world.ask(question(1))
    world.until(lambda: world.is_at(task_id, "awaiting_ci"), "it waits for CI")
    person.write(lambda clone: (clone / "NEWS.md").write_text("# News\n", encoding="utf-8"), "Another file")
    world.reaches(task_id, "done")
    assert pulls_of(world) - before == 2


def add_raw_html(clone: Path) -> None:
    page = clone / FAQ
    page.write_text(
        page.read_text(encoding="utf-8") + "\n### Is this bold?\n\n<b>Yes.</b>\n", encoding="utf-8"
    )


def take_tags_away(clone: Path) -> None:
    page = clone / FAQ
    page.write_text(page.read_text(encoding="utf-8").replace("<b>Yes.</b>", "Yes."), encoding="utf-8")


def test_nobody_fails_for_what_a_person_broke(world, person, slow_ci, token):
    person.write(add_raw_html, "Break the lint")
    task = world.reaches(world.ask(question(2)), "needs_operator")
    assert (task["code"], question(2) in world.faq()) == ("base_red", False)
    person.write(take_tags_away, "Mend the lint")
    world.act(task["task_id"], "retry", token).raise_for_status()
    world.reaches(task["task_id"], "done")
