from __future__ import annotations

from enum import StrEnum

import pytest

from tasks_app.pipeline.machine import IllegalEvent, Machine


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


class Press(StrEnum):
    GO = "go"
    FIX = "fix"
    CUT = "cut"


MACHINE: Machine[Light, Press] = Machine(
    {
        Light.RED: {Press.GO: frozenset({Light.GREEN}), Press.CUT: frozenset({Light.OFF})},
        Light.GREEN: {Press.FIX: frozenset({Light.RED, Light.OFF}), Press.CUT: frozenset({Light.OFF})},
        Light.OFF: {},
    }
)


def test_an_event_with_one_target_needs_no_choice():
    assert MACHINE.target(Light.RED, Press.GO) is Light.GREEN
    assert MACHINE.target(Light.RED, Press.GO, Light.GREEN) is Light.GREEN


def test_an_event_with_several_targets_takes_the_one_that_is_named():
    assert MACHINE.target(Light.GREEN, Press.FIX, Light.OFF) is Light.OFF


@pytest.mark.parametrize(
    ("state", "event", "to", "words"),
    [
        (Light.OFF, Press.GO, None, "go is not possible in off"),
        (Light.OFF, Press.GO, Light.GREEN, "go is not possible in off towards green"),
        (Light.GREEN, Press.FIX, None, "fix is not possible in green"),
        (Light.RED, Press.GO, Light.OFF, "go is not possible in red towards off"),
    ],
)
def test_what_the_table_does_not_hold_is_refused_in_words(state, event, to, words):
    with pytest.raises(IllegalEvent) as refused:
        MACHINE.target(state, event, to)
    assert str(refused.value) == words


def test_the_table_knows_where_events_come_from_and_where_life_ends():
    assert MACHINE.sources(Press.CUT) == {Light.RED, Light.GREEN}
    assert MACHINE.terminal == {Light.OFF}
