"""The way back while people change the base: the revert is built anew on what the page is now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome, MergeRules
from closedloop.ports.merging import MergeMethod, MergeQueue
from rollback_app.models import Rollback
from rollback_app.services.operator import resume_rollback, roll_back
from rollback_app.story.chapters import rollback_chapter
from tasks_app.models import Task
from tasks_app.services import required
from tests.fakes.town import PAGE

SHORT = timedelta(seconds=30)


@pytest.fixture
def undone(town):
    """A task whose revert waits for its smoke check."""
    task_id = town.ask()
    town.settle()
    town.now += timedelta(minutes=2)
    town.world.ci = None
    roll_back((task_id,), actor="olga", reason="wrong", ports=town.ports)
    town.settle(within=SHORT)
    assert Rollback.objects.get().state == "awaiting_checks"
    return task_id


def report(town, outcome=CheckOutcome.SUCCESS):
    head = town.world.pulls[Rollback.objects.get().number].head_sha
    for name in ("lint", "smoke"):
        town.world.report(head, name, outcome)


def a_neighbour_changes(town):
    """A person writes right behind our entry, so that the two changes conflict as text."""
    town.world.push("main", {"docs/FAQ.md": town.page.rstrip("\n") + "\n\n### And else?\n\nNothing.\n"})


def somebody_pushes(town, number=0):
    town.world.push("main", {"docs/other.md": f"A person's {number}. change\n"})


def state_of(task_id):
    return Task.objects.get(pk=task_id).state


def states(town):
    """Of all reverts, in order."""
    return [pull.state for pull in town.world.pulls.values() if pull.head_branch.startswith("hotfix/")]


def test_what_is_behind_its_base_is_built_anew(town, undone):
    town.world.is_strict = True
    somebody_pushes(town)
    report(town)
    town.settle(within=SHORT)
    rollback = Rollback.objects.get()
    assert (rollback.state, rollback.rebuilds) == ("awaiting_checks", 1)
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", ["closed", "merged"])
    left = [name for name in town.world.repository.branches if name.startswith("hotfix/")]
    assert left == [rollback.head_branch]


def test_what_a_person_pushed_to_a_revert_that_is_built_anew_stays(town, undone):
    town.world.is_strict = True
    somebody_pushes(town)
    (branch,) = [
        pull.head_branch for pull in town.world.pulls.values() if pull.head_branch.startswith("hotfix/")
    ]
    mine = {"docs/other.md": "By hand.\n"}
    town.forge.script.before("close_pull", lambda: town.world.push(branch, mine))
    report(town)
    town.settle(within=SHORT)
    assert Rollback.objects.get().rebuilds == 1
    assert branch in town.world.repository.branches


def test_what_conflicts_is_built_anew_at_once_and_keeps_what_people_wrote(town, undone):
    a_neighbour_changes(town)
    town.settle(within=SHORT)
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", ["closed", "merged"])
    assert town.page == PAGE + "\n### And else?\n\nNothing.\n"


def test_a_conflict_that_comes_while_it_is_merged_is_no_matter_for_people(town, undone):
    town.forge.script.arm("merge_pull", Unavailable("502"), times=1)
    report(town)
    town.work_off()
    a_neighbour_changes(town)
    town.settle(within=SHORT)
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", ["closed", "merged"])


def test_a_forge_that_only_refuses_is_understood_as_well(town, undone):
    town.world.is_strict, town.world.shows_behind = True, False
    somebody_pushes(town)
    report(town)
    town.settle(within=timedelta(minutes=2))
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", ["closed", "merged"])


def test_where_people_push_faster_than_smoke_checks_run_a_person_is_asked(town, undone):
    town.world.is_strict = True
    for number in range(6):
        somebody_pushes(town, number)
        report(town)
        town.settle(within=SHORT)
    rollback = Rollback.objects.get()
    assert (rollback.state, rollback.code) == ("needs_operator", "rollback_base_keeps_moving")
    assert states(town) == [*["closed"] * 5, "open"]
    resume_rollback(rollback.pk, actor="olga", reason="they wait now", ports=town.ports)
    town.settle(within=SHORT)
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", [*["closed"] * 6, "merged"])


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_merge_of_the_one_before_that_was_quicker_is_the_merge(town, undone, is_lost):
    a_neighbour_changes(town)
    town.forge.script.arm("close_pull", Unknown("lost") if is_lost else Unavailable("502"), times=100)
    town.settle(within=SHORT)
    first = Rollback.objects.get().replaces
    town.world.pulls[first].state = "merged"
    town.world.pulls[first].merge_sha = town.world.push("main", {"docs/FAQ.md": PAGE})
    town.settle()
    rollback = Rollback.objects.get()
    assert (state_of(undone), states(town), rollback.number) == ("rolled_back", ["merged"], first)


def test_a_queue_brings_it_up_to_date_itself(town, undone):
    town.world.is_strict, town.world.rules = True, MergeRules(queue=MergeQueue(method=MergeMethod.SQUASH))
    required.forget()
    somebody_pushes(town)
    report(town)
    town.settle()
    assert (state_of(undone), states(town)) == ("rolled_back", ["merged"])


def test_the_acts_of_every_attempt_are_told(town, undone):
    a_neighbour_changes(town)
    town.settle(within=SHORT)
    chapter = rollback_chapter(Rollback.objects.get(), now=town.now)
    told = [
        str(cell) for table in chapter.tables if table.name == "effects" for row in table.rows for cell in row
    ]
    assert sum("hotfix/" in cell for cell in told) == 4
