from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.checks import Check, CheckOutcome
from tasks_app.pipeline.flake import HoldOn, Retried, RunAgain, begun, is_believed, second_chance

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)


def red(name="lint", *, run_id=7, at=NOON):
    return Check(name=name, outcome=CheckOutcome.FAILURE, started_at=at, run_id=run_id)


def running(name="smoke", *, run_id=7):
    return Check(name=name, outcome=CheckOutcome.PENDING, started_at=NOON, run_id=run_id)


def chance(failed, *others, retried=None, believed=False, now=NOON):
    return second_chance(failed, [*failed, *others], retried, believed=believed, now=now)


@pytest.mark.parametrize(
    ("failed", "others", "expected"),
    [
        ([red()], [], RunAgain(runs=(7,))),
        ([red(), red("smoke", run_id=3)], [], RunAgain(runs=(3, 7))),
        ([red()], [running(run_id=8)], RunAgain(runs=(7,))),
        ([red()], [running()], HoldOn(waiting_for=("smoke",))),
        ([red(run_id=None)], [], None),
        ([red(), red("theirs", run_id=None)], [], None),
        ([], [], None),
    ],
)
def test_a_first_red_run_is_repeated_once_it_is_over_if_that_is_possible(failed, others, expected):
    assert chance(failed, *others) == expected


def test_what_was_red_twice_too_often_is_believed_the_first_time():
    assert chance([red()], believed=True) is None


@pytest.mark.parametrize(
    ("at", "waited_s", "expected"),
    [
        (NOON, 0, HoldOn(waiting_for=("lint",))),
        (NOON, 59.9, HoldOn(waiting_for=("lint",))),
        (NOON, 60, None),
        (LATER, 0, None),
    ],
)
def test_a_second_red_run_counts_once_it_is_shown(at, waited_s, expected):
    retried = Retried(at=NOON, red_since=NOON)
    assert chance([red(at=at)], retried=retried, now=NOON + timedelta(seconds=waited_s)) == expected


def test_what_began_last_is_what_counts():
    assert begun([red(), red(at=LATER), red(at=None)]) == LATER
    assert begun([red(at=None)]) is None


@pytest.mark.parametrize(
    ("turned_green", "expected"),
    [
        ([], False),
        ([False], False),
        ([False, False], True),
        ([True, False], False),
        ([False, False, True], True),
    ],
)
def test_two_second_runs_in_vain_are_enough(turned_green, expected):
    assert is_believed(turned_green) is expected
