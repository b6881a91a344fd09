from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline import steps
from tasks_app.pipeline.pace import Usual, allowance, next_look, slowest, usual_of

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
durations = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=3))


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def usual(typical, early=None, late=None) -> Usual:
    return Usual(typical=s(typical), early=s(early or typical), late=s(late or typical))


def looks(known: Usual | None, until_s: float) -> list[float]:
    """Seconds after the wait began at which it is looked, the first look at once included."""
    found, now = [0.0], NOON
    while (now := next_look(NOON, now, known)) <= NOON + s(until_s):
        found.append(round((now - NOON).total_seconds(), 3))
    return found


@pytest.mark.parametrize(
    ("lately", "known"),
    [
        ([], None),
        ([20.0, 20.0], None),
        ([20.0, 19.0, 21.0], usual(20, 19, 21)),
        ([20.0] * 9 + [3600.0], usual(20)),
        ([*range(1, 21)], usual(10, 2, 18)),
        ([*range(1, 201)], usual(100, 20, 180)),
    ],
)
def test_few_durations_teach_nothing_and_one_that_hung_moves_nothing(lately, known):
    assert usual_of([s(one) for one in lately]) == known


@given(st.lists(durations, min_size=3, max_size=30))
def test_what_is_usual_has_been_and_is_in_order(lately):
    known = usual_of(lately)
    assert known is not None
    assert known.early <= known.typical <= known.late
    assert {known.early, known.typical, known.late} <= set(lately)


@pytest.mark.parametrize(
    ("known", "until_s", "at"),
    [
        (usual(20), 21, [0, 5, 10, 19, 20, 21]),
        (usual(20, 16, 24), 20, [0, 4, 8, 15.2, 16.2, 17.2, 18.2, 19.2]),
        (usual(2), 3, [0, 0.5, 1, 1.9, 2.4, 2.9]),  # never closer than half a second
        (usual(1), 2, [0, 0.5, 1, 1.5]),
        (usual(20), 100, [0, 5, 10, *range(19, 31), 45, 60, 75, 90]),  # half as long again: rarely
        (usual(400), 440, [0, 60, 100, 160, 200, 260, 320, 380, 395, 410, 425, 440]),
    ],
)
def test_looks_are_rare_at_first_and_dense_near_the_usual_end(known, until_s, at):
    assert looks(known, until_s) == at


def test_an_unknown_duration_is_looked_at_as_ever():
    assert next_look(NOON, NOON + s(3), None) == steps.next_look(NOON, NOON + s(3))


@given(st.lists(durations, min_size=3, max_size=20), st.timedeltas(s(-60), timedelta(hours=9)))
def test_looks_are_half_a_second_to_a_minute_apart(lately, waited):
    now = NOON + waited
    pause = next_look(NOON, now, usual_of(lately)) - now
    assert s(0.5) <= pause <= s(60)


@given(st.timedeltas(s(10), timedelta(minutes=10)), st.floats(0.9, 1.1))
def test_an_end_near_the_usual_one_takes_few_looks_and_is_seen_soon(typical, drift):
    known = Usual(typical=typical, early=typical * 0.95, late=typical * 1.05)
    end = typical * drift
    now, count = NOON, 1
    while now < NOON + end:
        now, count = next_look(NOON, now, known), count + 1
    lag = now - (NOON + end)
    assert lag <= max(typical / 20, s(0.5)) + s(0.001)
    assert count <= 12 + typical / s(60)


def test_of_checks_side_by_side_the_slowest_known_one_counts():
    known = {"lint": usual(5), "smoke": usual(20)}
    assert slowest(["lint", "smoke", "new"], known) == usual(20)
    assert slowest(["lint"], known) == usual(5)
    assert slowest(["new"], known) is None


@pytest.mark.parametrize(
    ("known", "allowed_s"),
    [(None, 600), (usual(20), 600), (usual(250), 750), (usual(200, late=400), 1200), (usual(9000), 2400)],
)
def test_a_deadline_follows_what_is_usual_between_a_floor_and_a_ceiling(known, allowed_s):
    assert allowance(s(600), known) == s(allowed_s)
