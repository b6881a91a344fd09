"""Limits that could never work are refused at start."""

from __future__ import annotations

import pytest

from closedloop.checks import check_settings


def found():
    return [
        message.id for message in check_settings() if message.id in {"closedloop.E030", "closedloop.E031"}
    ]


@pytest.fixture(autouse=True)
def _usual(settings) -> None:
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500


def test_the_defaults_are_accepted():
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("WRITES_PER_MINUTE", 0, []),
        ("WRITES_PER_MINUTE", 20, ["closedloop.E030"]),
        ("WRITES_PER_MINUTE", -1, ["closedloop.E030"]),
        ("WRITES_PER_HOUR", 60, ["closedloop.E030"]),
        ("WRITES_RESERVED_PER_HOUR", 500, ["closedloop.E030"]),
        ("WRITES_RESERVED_PER_MINUTE", -1, ["closedloop.E030"]),
        ("OPENAI_CONCURRENCY", 0, ["closedloop.E031"]),
        ("OPENAI_CONCURRENCY", 1, []),
    ],
)
def test_a_limit_that_leaves_nothing_is_refused(settings, name, value, ids):
    setattr(settings, name, value)
    assert found() == ids
