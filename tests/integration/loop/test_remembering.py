"""What a process remembers for a while: one thread reads it anew, nobody else waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event

import pytest

from tasks_app.services.remembering import Remembered

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)


@pytest.fixture
def remembered() -> Remembered[str, int]:
    return Remembered(timedelta(seconds=1))


def test_it_is_read_again_after_a_while_or_when_the_clock_was_set_back(remembered):
    numbers = count()
    times = [NOON, NOON + timedelta(seconds=0.999), LATER, LATER - timedelta(seconds=0.1)]
    assert [remembered.get("a", at, lambda: next(numbers)) for at in times] == [0, 0, 1, 2]
    assert remembered.get("b", NOON, lambda: -1) == -1
    remembered.forget()
    assert remembered.get("a", times[-1], lambda: next(numbers)) == 3


def test_while_one_reads_anew_others_go_by_what_was_read_before(remembered):
    remembered.get("a", NOON, lambda: 1)
    reading, may_end = Event(), Event()

    def read() -> int:
        reading.set()
        assert may_end.wait(20)
        return 2

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(remembered.get, "a", LATER, read)
        assert reading.wait(20)
        assert remembered.get("a", LATER, lambda: 3) == 1
        may_end.set()
        assert first.result(20) == 2
    assert remembered.get("a", LATER, lambda: 3) == 2


def test_who_has_nothing_yet_waits_for_whoever_reads(remembered):
    reading, may_end = Event(), Event()

    def read() -> int:
        reading.set()
        assert may_end.wait(20)
        return 1

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(remembered.get, "a", NOON, read)
        assert reading.wait(20)
        second = pool.submit(remembered.get, "a", NOON, lambda: 2)
        may_end.set()
        assert (first.result(20), second.result(20)) == (1, 1)


def test_a_read_that_fails_is_tried_again(remembered):
    with pytest.raises(ZeroDivisionError):
        remembered.get("a", NOON, lambda: 1 // 0)
    assert remembered.get("a", NOON, lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        remembered.get("a", LATER, lambda: 1 // 0)


def test_who_reads_may_be_led_to_ask_again(remembered):
    assert remembered.get("a", NOON, lambda: remembered.get("a", NOON, lambda: 7) + 1) == 8
