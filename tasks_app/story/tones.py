"""How states are coloured: one word, one colour, on every screen of this context."""

from __future__ import annotations

from closedloop.chapters import Badge, Tone
from tasks_app.models import Effect
from tasks_app.pipeline.states import PullState, State

_STATES: dict[str, Tone] = {
    State.DONE: Tone.GOOD,
    State.FAILED: Tone.BAD,
    State.ROLLED_BACK: Tone.BAD,
    State.ROLLING_BACK: Tone.WARN,
    State.NEEDS_OPERATOR: Tone.WARN,
    State.AWAITING_APPROVAL: Tone.WARN,
    State.QUEUED: Tone.QUIET,
    State.DECLINED: Tone.QUIET,
    State.CANCELLED: Tone.QUIET,
}
_PULLS: dict[str, Tone] = {PullState.MERGED: Tone.GOOD, PullState.ABANDONED: Tone.QUIET}
_EFFECTS: dict[str, Tone] = {
    Effect.Status.DONE: Tone.GOOD,
    Effect.Status.UNKNOWN: Tone.WARN,
    Effect.Status.INTENDED: Tone.BUSY,
}


def state_badge(state: str) -> Badge:
    """A task's state."""
    return Badge(text=state, tone=_STATES.get(state, Tone.BUSY))


def pull_badge(state: str) -> Badge:
    """A pull request's state."""
    return Badge(text=state, tone=_PULLS.get(state, Tone.BUSY))


def effect_badge(status: str) -> Badge:
    """How an effect stands."""
    return Badge(text=status, tone=_EFFECTS[status])
