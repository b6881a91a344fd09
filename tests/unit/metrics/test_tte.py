from datetime import UTC, datetime, timedelta

import pytest

from metrics_app.slo.tte import Span, Step, people_waits, raw_tte_ms, tte_ms

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def test_time_to_execute_runs_from_the_request_to_the_merge():
    assert tte_ms(START, at(12.345)) == 12_345


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ((10, 20), 50_000),
        ((-10, 10), 50_000),
        ((50, 99), 50_000),
        ((70, 99), 60_000),
        ((-5, 99), 0),
    ],
)
def test_only_the_part_of_a_wait_before_the_merge_is_taken_off(wait, expected):
    span = Span(starts_at=at(wait[0]), ends_at=at(wait[1]))
    assert tte_ms(START, at(60), [span]) == expected


def test_waits_for_people_are_read_from_the_timeline():
    steps = [
        Step(at=at(1), to_state="judging"),
        Step(at=at(2), to_state="awaiting_approval"),
        Step(at=at(5), to_state="waiting_for_lane"),
        Step(at=at(6), to_state="needs_operator"),
    ]
    assert people_waits(steps) == [Span(starts_at=at(2), ends_at=at(5))]


def test_a_merge_seen_before_the_request_takes_no_time():
    assert raw_tte_ms(START, at(-1)) == 0
