"""How states of this context are coloured."""

from __future__ import annotations

from closedloop.chapters import Badge, Tone
from rollback_app.states import ReleaseState, RollbackState

_RELEASES: dict[str, Tone] = {ReleaseState.VERIFIED: Tone.GOOD, ReleaseState.FAILED: Tone.BAD}
_ROLLBACKS: dict[str, Tone] = {
    RollbackState.DONE: Tone.GOOD,
    RollbackState.NEEDS_OPERATOR: Tone.WARN,
    RollbackState.GIVEN_UP: Tone.QUIET,
}


def release_badge(state: str) -> Badge:
    """A release's state."""
    return Badge(text=state, tone=_RELEASES.get(state, Tone.BUSY))


def rollback_badge(state: str) -> Badge:
    """A rollback's state."""
    return Badge(text=state, tone=_ROLLBACKS.get(state, Tone.BUSY))


def probe_badge(*, is_ok: bool | None) -> Badge:
    """What a probe found."""
    if is_ok is None:
        return Badge(text="open", tone=Tone.BUSY)
    return Badge(text="good", tone=Tone.GOOD) if is_ok else Badge(text="bad", tone=Tone.BAD)
