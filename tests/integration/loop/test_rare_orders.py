"""Orders of events that a simulation found."""

from __future__ import annotations

from tests.fakes.town import Unforeseen
from tests.integration.loop.passengers import states


def test_a_board_that_fails_in_an_unforeseen_way_stops_no_task(town):
    def pin(*_args, **_kwargs):
        raise Unforeseen

    town.board.pin = pin
    town.workers_may_die = True
    task_id = town.ask()
    town.settle()
    assert states(task_id) == ["done"]
