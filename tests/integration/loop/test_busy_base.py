"""A base that people push to all the time: after each push the forge computes anew what merges."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from closedloop.ports.forge import Mergeable
from rollback_app.models import Rollback
from rollback_app.services.operator import roll_back
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
