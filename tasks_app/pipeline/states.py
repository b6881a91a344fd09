"""The life of a task and of a pull request: every state, event and edge, nowhere else.

`docs/states.md` is drawn from these tables and the database constraints are built from them.
"""

from __future__ import annotations

from enum import StrEnum

from tasks_app.pipeline.machine import Machine


class State(StrEnum):
    """Where a task is."""

    QUEUED = "queued"
    GENERATING = "generating"
    JUDGING = "judging"
    AWAITING_APPROVAL = "awaiting_approval"
    WAITING_FOR_LANE = "waiting_for_lane"
    PUBLISHING = "publishing"
    AWAITING_CI = "awaiting_ci"
    MERGING = "merging"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NEEDS_OPERATOR = "needs_operator"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class Event(StrEnum):
    """What can happen to a task."""

    START = "start"
    DRAFT = "draft"
    ACCEPT = "accept"
    DECLINE = "decline"
    ASK_APPROVAL = "ask_approval"
    APPROVE = "approve"
    CORRECT = "correct"
    BOARD = "board"
    PUBLISH = "publish"
    GO_GREEN = "go_green"
    REBOARD = "reboard"
    MERGE = "merge"
    GO_LIVE = "go_live"
    VERIFY = "verify"
    FAIL = "fail"
    CANCEL = "cancel"
    NEED_OPERATOR = "need_operator"
    RESUME = "resume"
    RETRY = "retry"
    ROLL_BACK = "roll_back"
    CONFIRM_ROLLBACK = "confirm_rollback"


class Status(StrEnum):
    """The public status, four words that clients may rely on."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"


def _to(*states: State) -> frozenset[State]:
    return frozenset(states)


_FAIL = {Event.FAIL: _to(State.FAILED)}
_STOP = {**_FAIL, Event.CANCEL: _to(State.CANCELLED)}
_ASK = {Event.NEED_OPERATOR: _to(State.NEEDS_OPERATOR)}
_BACK_TO_LANE = {Event.REBOARD: _to(State.WAITING_FOR_LANE)}
_UNDO = {Event.ROLL_BACK: _to(State.ROLLING_BACK)}

TASK: Machine[State, Event] = Machine(
    {
        State.QUEUED: {Event.START: _to(State.GENERATING), **_STOP},
        State.GENERATING: {
            Event.DRAFT: _to(State.JUDGING),
            Event.DECLINE: _to(State.DECLINED),
            **_STOP,
            **_ASK,
        },
        State.JUDGING: {
            Event.ACCEPT: _to(State.WAITING_FOR_LANE),
            Event.DECLINE: _to(State.DECLINED),
            Event.ASK_APPROVAL: _to(State.AWAITING_APPROVAL),
            **_STOP,
            **_ASK,
        },
        State.AWAITING_APPROVAL: {
            Event.APPROVE: _to(State.WAITING_FOR_LANE),
            Event.CORRECT: _to(State.GENERATING),
            Event.DECLINE: _to(State.DECLINED),
            **_STOP,
        },
        State.WAITING_FOR_LANE: {
            Event.BOARD: _to(State.PUBLISHING),
            Event.MERGE: _to(State.DEPLOYING),  # a person merged the pull request that was given up
            **_STOP,
            **_ASK,
        },
        State.PUBLISHING: {
            Event.PUBLISH: _to(State.AWAITING_CI),
            Event.DECLINE: _to(State.DECLINED),
            **_BACK_TO_LANE,
            **_STOP,
            **_ASK,
        },
        State.AWAITING_CI: {
            Event.GO_GREEN: _to(State.MERGING),
            Event.MERGE: _to(State.DEPLOYING),  # a person merged our pull request
            **_BACK_TO_LANE,
            **_STOP,
            **_ASK,
        },
        State.MERGING: {Event.MERGE: _to(State.DEPLOYING), **_BACK_TO_LANE, **_STOP, **_ASK},
        State.DEPLOYING: {Event.GO_LIVE: _to(State.VERIFYING), **_FAIL, **_ASK, **_UNDO},
        State.VERIFYING: {Event.VERIFY: _to(State.DONE), **_FAIL, **_ASK, **_UNDO},
        State.DONE: {**_UNDO},
        State.FAILED: {
            Event.RETRY: _to(State.GENERATING, State.WAITING_FOR_LANE, State.DEPLOYING),
            **_UNDO,
        },
        State.DECLINED: {},
        State.CANCELLED: {},
        State.NEEDS_OPERATOR: {
            Event.RESUME: _to(State.GENERATING, State.WAITING_FOR_LANE, State.DEPLOYING, State.ROLLING_BACK),
            **_STOP,
            **_UNDO,
        },
        State.ROLLING_BACK: {Event.CONFIRM_ROLLBACK: _to(State.ROLLED_BACK), **_ASK},
        State.ROLLED_BACK: {},
    }
)

#: States in which the outcome is known for the first time; `finished_at` is written on entering.
SETTLED = frozenset({State.DONE, State.FAILED, State.DECLINED, State.CANCELLED, State.ROLLED_BACK})

#: States in which an answer for the same question is on its way or live, so that a duplicate joins it.
HOLDS_QUESTION = frozenset(State) - {State.FAILED, State.CANCELLED, State.ROLLED_BACK}

#: States of those whom no pull request carries yet, however much is done for them; people are not waited for.
IN_QUEUE = frozenset({State.QUEUED, State.GENERATING, State.JUDGING, State.WAITING_FOR_LANE})

_ERRORS = frozenset({State.FAILED, State.DECLINED, State.CANCELLED, State.ROLLED_BACK})


def public_status(state: State) -> Status:
    """The public status of a state."""
    if state is State.QUEUED:
        return Status.QUEUED
    if state is State.DONE:
        return Status.DONE
    return Status.ERROR if state in _ERRORS else Status.RUNNING


class PullState(StrEnum):
    """Where one of our pull requests is."""

    PUBLISHING = "publishing"
    AWAITING_CI = "awaiting_ci"
    MERGING = "merging"
    MERGED = "merged"
    #: Given up, and to be closed on the forge; its tasks board another one only after that.
    CLOSING = "closing"
    ABANDONED = "abandoned"


class PullEvent(StrEnum):
    """What can happen to a pull request."""

    PUBLISH = "publish"
    GO_GREEN = "go_green"
    MERGE = "merge"
    ABANDON = "abandon"
    CLOSE = "close"


def _pull(*states: PullState) -> frozenset[PullState]:
    return frozenset(states)


_ABANDON = {PullEvent.ABANDON: _pull(PullState.ABANDONED), PullEvent.CLOSE: _pull(PullState.CLOSING)}

PULL: Machine[PullState, PullEvent] = Machine(
    {
        PullState.PUBLISHING: {PullEvent.PUBLISH: _pull(PullState.AWAITING_CI), **_ABANDON},
        PullState.AWAITING_CI: {
            PullEvent.GO_GREEN: _pull(PullState.MERGING),
            PullEvent.MERGE: _pull(PullState.MERGED),  # a person merged it
            **_ABANDON,
        },
        PullState.MERGING: {PullEvent.MERGE: _pull(PullState.MERGED), **_ABANDON},
        PullState.MERGED: {},
        PullState.CLOSING: {
            PullEvent.ABANDON: _pull(PullState.ABANDONED),
            PullEvent.MERGE: _pull(PullState.MERGED),  # a person was quicker
        },
        PullState.ABANDONED: {
            PullEvent.CLOSE: _pull(PullState.CLOSING),  # a retry puts it out of the way
            PullEvent.MERGE: _pull(PullState.MERGED),  # the merge had gone through, or a person did it
        },
    }
)
