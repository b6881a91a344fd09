"""The life of a release and of a rollback: every state, event and edge."""

from __future__ import annotations

from enum import StrEnum

from tasks_app.pipeline.machine import Machine


class ReleaseState(StrEnum):
    """Where a merged change is on its way to the live system."""

    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    FAILED = "failed"


class ReleaseEvent(StrEnum):
    """What can happen to a release."""

    GO_LIVE = "go_live"
    VERIFY = "verify"
    FAIL = "fail"
    RETRY = "retry"


class RollbackState(StrEnum):
    """Where bringing an environment back stands."""

    REVERTING = "reverting"
    AWAITING_CHECKS = "awaiting_checks"
    MERGING = "merging"
    DEPLOYING = "deploying"
    CONFIRMING = "confirming"
    REPORTING = "reporting"
    DONE = "done"
    NEEDS_OPERATOR = "needs_operator"
    #: An operator decided that what is live stays.
    GIVEN_UP = "given_up"


class RollbackEvent(StrEnum):
    """What can happen to a rollback."""

    PUBLISH = "publish"
    #: Its base has moved: once more from the beginning.
    REBUILD = "rebuild"
    GO_GREEN = "go_green"
    MERGE = "merge"
    GO_LIVE = "go_live"
    CONFIRM = "confirm"
    REPORT = "report"
    NEED_OPERATOR = "need_operator"
    RESUME = "resume"
    GIVE_UP = "give_up"


def _release(*states: ReleaseState) -> frozenset[ReleaseState]:
    return frozenset(states)


RELEASE: Machine[ReleaseState, ReleaseEvent] = Machine(
    {
        ReleaseState.DEPLOYING: {
            ReleaseEvent.GO_LIVE: _release(ReleaseState.VERIFYING),
            ReleaseEvent.FAIL: _release(ReleaseState.FAILED),
        },
        ReleaseState.VERIFYING: {
            ReleaseEvent.VERIFY: _release(ReleaseState.VERIFIED),
            ReleaseEvent.FAIL: _release(ReleaseState.FAILED),
        },
        # Another task of the same merge may be retried after.
        ReleaseState.VERIFIED: {ReleaseEvent.RETRY: _release(ReleaseState.DEPLOYING)},
        ReleaseState.FAILED: {ReleaseEvent.RETRY: _release(ReleaseState.DEPLOYING)},
    }
)


def _rollback(*states: RollbackState) -> frozenset[RollbackState]:
    return frozenset(states)


_REBUILD = {RollbackEvent.REBUILD: _rollback(RollbackState.REVERTING)}
_ASK = {RollbackEvent.NEED_OPERATOR: _rollback(RollbackState.NEEDS_OPERATOR)}
_WORKING = (
    RollbackState.REVERTING,
    RollbackState.AWAITING_CHECKS,
    RollbackState.MERGING,
    RollbackState.DEPLOYING,
    RollbackState.CONFIRMING,
    RollbackState.REPORTING,
)

ROLLBACK: Machine[RollbackState, RollbackEvent] = Machine(
    {
        RollbackState.REVERTING: {
            RollbackEvent.PUBLISH: _rollback(RollbackState.AWAITING_CHECKS),
            RollbackEvent.MERGE: _rollback(RollbackState.DEPLOYING),  # what was to be replaced was quicker
            **_ASK,
        },
        RollbackState.AWAITING_CHECKS: {
            RollbackEvent.GO_GREEN: _rollback(RollbackState.MERGING),
            RollbackEvent.MERGE: _rollback(RollbackState.DEPLOYING),  # a person merged it
            **_REBUILD,
            **_ASK,
        },
        RollbackState.MERGING: {
            RollbackEvent.MERGE: _rollback(RollbackState.DEPLOYING),
            **_REBUILD,
            **_ASK,
        },
        RollbackState.DEPLOYING: {RollbackEvent.GO_LIVE: _rollback(RollbackState.CONFIRMING), **_ASK},
        RollbackState.CONFIRMING: {RollbackEvent.CONFIRM: _rollback(RollbackState.REPORTING), **_ASK},
        RollbackState.REPORTING: {RollbackEvent.REPORT: _rollback(RollbackState.DONE), **_ASK},
        RollbackState.DONE: {},
        RollbackState.NEEDS_OPERATOR: {
            RollbackEvent.RESUME: _rollback(*_WORKING),
            RollbackEvent.GIVE_UP: _rollback(RollbackState.GIVEN_UP),
        },
        RollbackState.GIVEN_UP: {},
    }
)

#: A rollback in one of these has not changed yet what is live, and is at it.
BEFORE_LIVE = (
    RollbackState.REVERTING,
    RollbackState.AWAITING_CHECKS,
    RollbackState.MERGING,
    RollbackState.DEPLOYING,
)
