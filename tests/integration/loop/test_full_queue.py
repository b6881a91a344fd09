"""What is accepted while nothing leaves: bounded, whatever the tasks that are in already wait for."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from tasks_app.models import Task
from tasks_app.services.errors import QueueFull
from tests.simulation.scene import DOCUMENT, THINGS

pytestmark = pytest.mark.django_db

QUESTIONS = [f"How many rows per page does the {thing} window show?" for thing in THINGS]


def test_ci_that_hangs_fills_the_queue_up_to_its_limit(town, settings):
    settings.QUEUE_LIMIT = 2
    town.world.push("main", {"docs/more.md": DOCUMENT})
    town.world.ci = None
    accepted = []
    with suppress(QueueFull):
        for question in QUESTIONS:
            accepted.append(town.ask(question))
            town.settle(within=timedelta(seconds=3))
    waiting = Task.objects.filter(state="waiting_for_lane").count()
    on_board = Task.objects.filter(pull__state="awaiting_ci").count()
    assert (waiting, waiting + on_board) == (2, len(accepted))
    assert len(accepted) < len(QUESTIONS)
