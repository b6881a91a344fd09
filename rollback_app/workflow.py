"""Chains and chords of this context, from the state of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.courier import FanOut, Hint
from rollback_app.states import ReleaseState, RollbackState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

_RELEASE_JOBS: dict[ReleaseState, tuple[str, ...]] = {
    ReleaseState.DEPLOYING: ("rollback.watch_deploy", "rollback.verify"),
    ReleaseState.VERIFYING: ("rollback.verify",),
}

_ROLLBACK_JOBS: dict[RollbackState, tuple[str, ...]] = {
    RollbackState.REVERTING: ("rollback.revert", "rollback.look_at_checks"),
    RollbackState.AWAITING_CHECKS: (
        "rollback.look_at_checks",
        "rollback.merge_revert",
        "rollback.watch_revert",
    ),
    RollbackState.MERGING: ("rollback.merge_revert", "rollback.watch_revert"),
    RollbackState.DEPLOYING: ("rollback.watch_revert", "rollback.confirm"),
    RollbackState.CONFIRMING: ("rollback.confirm",),
    RollbackState.REPORTING: ("rollback.report",),
}


def resume_release(release_id: UUID, state: ReleaseState, delay_s: float = 0.0) -> list[Hint]:
    """The rest of the segment that a release in `state` is in."""
    jobs = _RELEASE_JOBS.get(state)
    return [Hint(jobs=jobs, row_id=str(release_id), delay_s=delay_s)] if jobs else []


def resume_rollback(rollback_id: UUID, state: RollbackState, delay_s: float = 0.0) -> list[Hint]:
    """The rest of the segment that a rollback in `state` is in."""
    jobs = _ROLLBACK_JOBS.get(state)
    return [Hint(jobs=jobs, row_id=str(rollback_id), delay_s=delay_s)] if jobs else []


def probe_round(probe_ids: Sequence[int], body: str, subject_id: UUID) -> FanOut:
    """A chord: the probes in parallel, then the verdict over what they wrote down."""
    return FanOut(
        member="rollback.probe",
        member_ids=tuple(str(pk) for pk in probe_ids),
        body=body,
        row_id=str(subject_id),
    )
