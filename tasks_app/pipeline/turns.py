"""Whose turn it is to call the model, when more tasks want to than may. Pure."""

from __future__ import annotations

from datetime import timedelta

#: About how long a call of the model takes: whoever is next looks again after it.
_CALL = timedelta(seconds=2)
#: Calls wake whoever is next; this is for when that got lost, and need not be exact.
LONGEST_PATIENCE = timedelta(seconds=60)


def is_turn(*, free: int, ahead: int) -> bool:
    """Whether a task may take one of the free slots, with `ahead` others having waited longer."""
    return free > ahead


def patience(*, ahead: int, slots: int, spread: float) -> timedelta:
    """How long to wait before asking again unasked.

    Whoever stands further behind asks more rarely, so that a long queue costs no more than a short one;
    `spread`, 0..1, keeps those who stand together from asking together.
    """
    rounds = 1 + ahead / max(slots, 1)
    return min(_CALL * rounds * (0.75 + spread / 2), LONGEST_PATIENCE)
