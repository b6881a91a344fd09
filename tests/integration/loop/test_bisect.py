"""A red party: the guilty one is found with few runs of CI, the innocent are merged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task
from tasks_app.services.operator import cancel_task, retry_task
from tests.integration.loop.passengers import states

FIRST = "Which file format does an export have?"
#: Words that no two windows share, and that are no word of another language's stop list.
SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi")


def name(number):
    """A word of its own for each number below 512."""
    return "".join(SYLLABLES[number // 8**digit % 8] for digit in range(3)) + "x"


def document(count):
    parts = [f"## {name(n)}\n\nThe {name(n)} window shows {n + 10} rows per page.\n" for n in range(count)]
    return "# Windows\n\n" + "\n".join(parts)


@pytest.fixture
def party(town):
    """Many tasks in one pull request; CI goes on by itself unless it `is_open`. Returns their ids."""

    def gather(count, *guilty, is_open=False):
        town.world.poison = tuple(f"{name(one)} window show?" for one in guilty)
        town.world.push("main", {"docs/windows.md": document(count)})
        town.world.ci = None
        town.ask(FIRST)
        town.work_off()
        ids = []
        for number in range(count):
            town.now += timedelta(milliseconds=1)
            ids.append(town.ask(f"How many rows per page does the {name(number)} window show?"))
        town.work_off()
        assert set(states(*ids)) == {"waiting_for_lane"}
        if is_open:
            report(town, 1, CheckOutcome.SUCCESS)
        else:
            town.world.ci = CheckOutcome.SUCCESS
            town.world.run_ci(town.world.pulls[1])
        return ids

    return gather


def report(town, number, outcome):
    """CI ends on a pull request, and what follows at once happens."""
    for check in ("lint", "smoke"):
        town.world.report(town.world.pulls[number].head_sha, check, outcome)
    town.settle(within=timedelta(seconds=40))


def runs():
    """Heads on which CI ran, but for the very first."""
    return PullRequest.objects.filter(number__gt=1).count()


def ended(ids):
    return {number: state for number, state in enumerate(states(*ids)) if state != "done"}


@pytest.mark.parametrize(("count", "guilty", "most"), [(2, 1, 3), (8, 0, 7), (8, 7, 7), (33, 20, 11)])
def test_one_guilty_task_fails_alone_and_the_others_are_merged(town, party, count, guilty, most):
    ids = party(count, guilty)
    town.settle()
    assert ended(ids) == {guilty: "failed"}
    assert Task.objects.get(pk=ids[guilty]).code == "ci_failed"
    assert runs() <= most


@pytest.mark.parametrize("guilty", [(3, 30, 31), (0, 16, 32)])
def test_three_guilty_among_64_cost_20_runs_at_most(town, party, guilty):
    ids = party(64, *guilty)
    town.settle()
    assert ended(ids) == dict.fromkeys(guilty, "failed")
    assert runs() <= 20


def test_a_guilty_one_at_the_beginning_of_each_part_takes_nobody_along(town, party):
    guilty = (0, 16, 32, 48)
    ids = party(64, *guilty)
    town.settle()
    assert ended(ids) == dict.fromkeys(guilty, "failed")


def test_a_base_that_was_broken_for_a_while_convicts_nobody(town, party):
    ids = party(4, is_open=True)
    report(town, 2, CheckOutcome.FAILURE)
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[3])
    town.settle()
    assert ended(ids) == {}


def test_newcomers_and_suspects_take_turns(town, party):
    ids = party(4, 0, is_open=True)
    report(town, 2, CheckOutcome.FAILURE)
    town.world.push("main", {"docs/more.md": "# More\n\nThe zuzux window shows 9 rows per page.\n"})
    later = town.ask("How many rows per page does the zuzux window show?")
    report(town, 3, CheckOutcome.FAILURE)
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[4])
    town.settle()
    assert (states(later), ended(ids)) == (["done"], {0: "failed"})
    order = list(PullRequest.objects.order_by("created_at").values_list("part", flat=True))
    assert [part is None for part in order[:5]] == [True, True, False, True, False]


def test_a_suspect_that_is_cancelled_convicts_nobody_else(town, party):
    ids = party(2, 0, is_open=True)
    report(town, 2, CheckOutcome.FAILURE)
    town.world.ci = CheckOutcome.SUCCESS
    cancel_task(ids[0], actor="olga", reason="not needed", ports=town.ports)
    town.settle()
    assert states(*ids) == ["cancelled", "done"]


def test_a_convict_that_is_retried_travels_alone(town, party):
    ids = party(2, 0)
    town.settle()
    town.world.poison = ()
    town.world.push("main", {"docs/windows.md": document(3)})
    retry_task(ids[0], actor="olga", reason="the check was wrong", ports=town.ports)
    town.settle()
    pull = PullRequest.objects.latest("created_at")
    assert pull.part is not None
    assert (states(*ids), pull.part.size, pull.state) == (["done", "done"], 1, "merged")


def test_where_everything_is_red_people_are_asked(town, party):
    ids = party(33)
    town.world.ci = CheckOutcome.FAILURE
    town.settle()
    codes = set(Task.objects.filter(pk__in=ids).values_list("code", flat=True))
    assert codes == {"ci_failed", "ci_keeps_failing"}
    assert runs() <= 33
