from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from closedloop.ports.checks import Check, CheckOutcome
from tasks_app.pipeline.flake import HoldOn, Retried, RunAgain, is_believed, is_repeated, mark, second_chance

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)


def red(name="lint", *, run_id=7, at=NOON, report_id="1"):
    return Check(name=name, outcome=CheckOutcome.FAILURE, started_at=at, run_id=run_id, report_id=report_id)


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
    ("second", "waited_s", "expected"),
    [
        (red(), 0, HoldOn(waiting_for=("lint",))),
        (red(), 59.9, HoldOn(waiting_for=("lint",))),
        (red(), 60, None),
        (red(at=LATER), 0, None),  # the same report begun anew
        (red(report_id="2"), 0, None),  # a new report within the same second
    ],
)
def test_a_second_red_run_counts_once_it_is_shown(second, waited_s, expected):
    retried = Retried(at=NOON, red_mark=mark([red()]))
    assert chance([second], retried=retried, now=NOON + timedelta(seconds=waited_s)) == expected


def test_what_was_red_before_is_waited_for_when_that_is_not_known():
    retried = Retried(at=NOON, red_mark="")
    assert chance([red()], retried=retried) == HoldOn(waiting_for=("lint",))


PASSED_LATER = Check(name="smoke", outcome=CheckOutcome.SUCCESS, started_at=LATER, run_id=7, report_id="9")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([red()], False),
        ([red(), PASSED_LATER], False),
        ([PASSED_LATER], False),
        ([], False),
        ([red(), running()], True),
        ([red(), red(report_id="2")], True),
        ([red(at=LATER)], True),
    ],
)
def test_a_workflow_is_repeated_when_what_was_red_is_another_one(seen, expected):
    assert is_repeated([red()], seen) is expected


def test_checks_are_marked_by_the_one_that_began_last():
    later = red(at=LATER, report_id="2")
    assert mark([later, red(), red(at=None)]) == mark([later]) == f"2@{LATER.timestamp():.0f}"
    assert mark([red(at=None)]) == "1@0"
    assert mark([]) == ""


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
