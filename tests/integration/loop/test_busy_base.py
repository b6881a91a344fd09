"""A base that people push to all the time: after each push the forge computes anew what merges."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from closedloop.ports.forge import CheckOutcome, Mergeable
from rollback_app.models import Rollback
from rollback_app.services.operator import roll_back
from tasks_app.pipeline import faq
from tasks_app.services.moved_base import breather
from tests.fakes.town import QUESTION
from tests.integration.loop.passengers import states

#: People push so often, and the forge takes so long after it was asked; at first it is too busy to answer.
EVERY, COMPUTING, BUSY = timedelta(seconds=3), timedelta(seconds=0.5), timedelta(seconds=40)
SOON = timedelta(minutes=2)


@pytest.fixture
def make_busy(town):
    """From now on nothing that was computed before a push counts."""
    look_at = town.forge.look_at
    asked_at: dict[int, datetime] = {}

    def begin():
        began = town.now

        def look(numbers):
            push = (town.now - began) // EVERY
            is_known = town.now - asked_at.setdefault(push, town.now) >= COMPUTING
            views = look_at(numbers)
            if is_known and town.now - began > BUSY:
                return views
            return {number: replace(view, mergeable=Mergeable.UNKNOWN) for number, view in views.items()}

        town.forge.look_at = look

    return begin


def test_a_change_is_merged_between_two_pushes(town, make_busy):
    make_busy()
    task_id = town.ask()
    town.settle(within=SOON)
    assert states(task_id) == ["done"]


def test_a_rollback_is_merged_between_two_pushes(town, make_busy):
    task_id = town.ask()
    town.settle()
    make_busy()
    roll_back([task_id], actor="olga", reason="wrong", ports=town.ports)
    town.settle(within=SOON)
    assert (states(task_id), Rollback.objects.get().state) == (["rolled_back"], "done")


#: Checks take so long here.
CI = timedelta(seconds=20)
A_SECOND = timedelta(seconds=1)


def all_green(town, began):
    """Checks are over for every head that was seen for long enough."""
    for pull in town.world.pulls.values():
        if town.now - began.setdefault(pull.head_sha, town.now) >= CI and pull.state == "open":
            for name in ("lint", "smoke"):
                town.world.report(pull.head_sha, name, CheckOutcome.SUCCESS)


def somebody_writes(town, lasts):
    """A person writes an entry to the end of our section every 3 s, while checks take their time."""
    town.world.ci = None
    written, began = list[str](), dict[str, datetime]()
    for number in range(int(lasts / EVERY)):
        written.append(f"### Person's question {number}?\n\nPerson's answer {number}.")
        town.world.push("main", {"docs/FAQ.md": f"{town.page.rstrip()}\n\n{written[-1]}\n"})
        for _ in range(3):
            until = town.now + A_SECOND
            town.settle(within=A_SECOND)
            town.now = max(town.now, until)
            all_green(town, began)
    return written


def test_who_writes_to_the_end_of_our_section_all_the_time_holds_nobody_up(town):
    ids = [town.ask(), town.ask("What does an export hold?")]
    written = somebody_writes(town, timedelta(minutes=2))
    assert states(*ids) == ["done", "done"]
    assert len(town.world.pulls) <= 4
    assert all(entry in town.page for entry in written)
    assert [entry.question for entry in faq.entries(town.page)].count(QUESTION) == 1


def test_after_conflicts_in_a_row_the_lane_takes_a_breath():
    pauses = [breather(conflicts).total_seconds() for conflicts in range(8)]
    assert pauses == [0, 0, 2, 4, 8, 16, 30, 30]
