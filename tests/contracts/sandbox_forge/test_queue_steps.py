"""What a merge queue decides, without a clock."""

from dataclasses import replace

import pytest

from sandbox.forge.queue_steps import GREEN, PENDING, RED, Merge, Remove, Seen, Wait, next_step
from sandbox.forge.rules import Queue

_LETTERS = {"g": GREEN, "r": RED, "p": PENDING}
ALLGREEN = Queue(
    method="merge",
    timeout_minutes=10,
    grouping="ALLGREEN",
    most_built=5,
    most_merged=2,
    fewest_merged=1,
    wait_minutes=1,
)
HEADGREEN = replace(ALLGREEN, grouping="HEADGREEN")


def entries(letters: str) -> list[Seen]:
    """Entries enqueued and built at 0 s; `-` stands for one that has not been built."""
    return [
        Seen(
            number=at,
            verdict=_LETTERS.get(letter, PENDING),
            built_s=None if letter == "-" else 0.0,
            enqueued_s=0.0,
        )
        for at, letter in enumerate(letters, 1)
    ]


def failed(number: int) -> Remove:
    return Remove(number=number, reason="CI_FAILURE")


@pytest.mark.parametrize(
    ("letters", "queue", "step"),
    [
        ("", ALLGREEN, Wait(until=None)),
        ("-", ALLGREEN, Wait(until=None)),
        ("p", ALLGREEN, Wait(until=600.0)),
        ("g", ALLGREEN, Merge(count=1)),
        ("gg-", ALLGREEN, Merge(count=2)),
        ("ggg", ALLGREEN, Merge(count=2)),
        ("gp", ALLGREEN, Merge(count=1)),
        ("r", ALLGREEN, failed(1)),
        ("gr", ALLGREEN, failed(2)),
        ("pr", ALLGREEN, Wait(until=600.0)),
        ("rg", ALLGREEN, failed(1)),
        ("rg", HEADGREEN, Merge(count=2)),
        ("rp", HEADGREEN, Wait(until=600.0)),
        ("rr", HEADGREEN, failed(1)),
        ("rrg", HEADGREEN, failed(1)),
        ("gr", HEADGREEN, failed(2)),
    ],
)
def test_checks_decide(letters: str, queue: Queue, step: object):
    assert next_step(entries(letters), queue, 30.0) == step


def test_a_small_group_waits_for_more_but_not_for_ever():
    pair = replace(ALLGREEN, fewest_merged=2)
    assert next_step(entries("gp"), pair, 30.0) == Wait(until=60.0)
    assert next_step(entries("gp"), pair, 60.0) == Merge(count=1)
    assert next_step(entries("gg"), pair, 30.0) == Merge(count=2)


def test_checks_that_do_not_report_in_time_have_failed():
    assert next_step(entries("p"), ALLGREEN, 600.0) == Remove(number=1, reason="CI_TIMEOUT")
