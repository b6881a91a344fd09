"""What each step may cost: leases, deadlines, caps and the code on running out. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from tasks_app.pipeline.states import State

#: How long a task may stay in a state before the sweep gives up on it.
DEADLINES: dict[State, timedelta] = {
    State.QUEUED: timedelta(hours=24),
    State.GENERATING: timedelta(minutes=5),
    State.JUDGING: timedelta(minutes=5),
    State.AWAITING_APPROVAL: timedelta(days=7),
    State.WAITING_FOR_LANE: timedelta(hours=6),
    # Counted from the end of the shared row's own time: these catch a task whose shared row was lost.
    State.PUBLISHING: timedelta(minutes=30),
    State.AWAITING_CI: timedelta(hours=1),
    State.MERGING: timedelta(hours=1),
    State.DEPLOYING: timedelta(hours=1),
    State.VERIFYING: timedelta(hours=1),
    State.ROLLING_BACK: timedelta(hours=2),
}

#: Code of the failure when a deadline passes.
DEADLINE_CODES: dict[State, str] = {
    State.QUEUED: "queue_timeout",
    State.GENERATING: "generate_timeout",
    State.JUDGING: "judge_timeout",
    State.AWAITING_APPROVAL: "approval_timeout",
    State.WAITING_FOR_LANE: "lane_timeout",
    State.PUBLISHING: "publish_timeout",
    State.AWAITING_CI: "ci_timeout",
    State.MERGING: "merge_timeout",
    State.DEPLOYING: "deploy_timeout",
    State.VERIFYING: "verify_timeout",
    State.ROLLING_BACK: "rollback_timeout",
}

#: A shared row's step keeps its own deadline; this long after it the sweep takes the step for broken.
OVERDUE = timedelta(minutes=30)

#: Claims of one step, lost ones included, before the row is taken for poison; retries end before it.
MAX_ATTEMPTS = 50

#: How long a message may be under way before the sweep takes it for lost.
NET = timedelta(seconds=1)

#: When something waited for is looked at, in seconds since the wait began; the very first look goes at
#: once. Webhooks wake earlier: these are for when they are lost.
_LOOKS_S = (0.1, 0.3, 1.0, 2.0, 4.0, 7.0, 11.0, 17.0, 25.0)
_LATER = timedelta(seconds=15)
#: Of each `_LATER`, when else to look for what is computed only because somebody looked.
_AFTER_ASKING = (timedelta(seconds=0.7), timedelta(seconds=2))

#: A pull request whose tasks wait for an operator is looked at again after this, then each time after as long
#: as it has been given up, until this long has passed.
_AFTERCARE_FIRST, _AFTERCARE_LAST = timedelta(minutes=1), timedelta(hours=24)


def deadline_after(state: State, now: datetime) -> datetime | None:
    """When a task entering `state` now is given up on; None for states that do not expire."""
    allowed = DEADLINES.get(state)
    return now + allowed if allowed else None


def next_look(entered_at: datetime, now: datetime) -> datetime:
    """When to look again at something waited for since `entered_at`: often at first, then rarely."""
    waited_s = (now - entered_at).total_seconds()
    offset_s = next((look for look in _LOOKS_S if look > waited_s), None)
    return entered_at + timedelta(seconds=offset_s) if offset_s else now + _LATER


def next_look_at_computed(entered_at: datetime, now: datetime) -> datetime:
    """As `next_look`, for what the forge computes when it is asked, and anew when the base has moved.

    Each rare look has close ones behind it: where people push often, one by itself would ask anew every time,
    and none would be there to see the answer.
    """
    phase = (now - entered_at) % _LATER
    close = next((look for look in _AFTER_ASKING if look > phase), _LATER)
    return min(next_look(entered_at, now), now + close - phase)


def next_aftercare(abandoned_at: datetime, now: datetime) -> datetime | None:
    """When to ask again whether what was given up is merged after all; None when it was asked long enough."""
    since = now - abandoned_at
    return now + max(since, _AFTERCARE_FIRST) if since < _AFTERCARE_LAST else None
