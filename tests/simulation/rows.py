"""What must hold of the rows after every step; each function says what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from rollback_app.states import ROLLBACK, ReleaseState, RollbackState
from tasks_app.pipeline.states import HOLDS_QUESTION, SETTLED, TASK, Event, PullState, State, public_status
from tests.simulation import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rollback_app.models import Rollback
    from tasks_app.models import Lane, Task
    from tests.fakes.town import Town
    from tests.simulation.snapshot import Snapshot

_BEFORE_THE_LANE = {State.QUEUED, State.GENERATING, State.JUDGING, State.WAITING_FOR_LANE}
_ABOARD = {State.PUBLISHING, State.AWAITING_CI, State.MERGING}
_FLYING = {PullState.PUBLISHING, PullState.AWAITING_CI, PullState.MERGING}
_OVER = {PullState.MERGED, PullState.ABANDONED}
_UNDER_WAY = {ReleaseState.DEPLOYING, ReleaseState.VERIFYING}


def broken(town: Town, seen: Snapshot | None = None) -> list[str]:
    """Everything that is wrong with the rows now."""
    seen = seen or snapshot.take()
    return [
        *one_task_per_question(seen, town.now),
        *illegal_histories(seen),
        *stuck(seen),
        *undone_twice(seen),
        *untrue(seen, town),
    ]


def one_task_per_question(seen: Snapshot, now: datetime) -> Iterator[str]:
    # What failed let its question go, and is not asked for again by being taken back.
    let_go = {e.task_id for e in seen.events if (e.from_state, e.event) == (State.FAILED, Event.ROLL_BACK)}
    counts = Counter(
        task.fingerprint
        for task in seen.tasks.values()
        if task.created_at > now - timedelta(hours=1) and task.state in HOLDS_QUESTION
        if task.pk not in let_go
    )
    yield from (f"{count} tasks hold one question" for count in counts.values() if count > 1)


def illegal_histories(seen: Snapshot) -> Iterator[str]:
    moves = defaultdict(list)
    for row in seen.events:
        moves[row.task_id].append((row.event, row.from_state, row.to_state))
    for task in seen.tasks.values():
        here = ""
        for event, old, new in moves[task.pk]:
            if event in {"submit", "ask_to_cancel"}:
                here = here or new
                continue
            if old != here or new not in TASK.table[State(old)].get(Event(event), frozenset()):
                yield f"{task.pk}: {event} from {old} to {new} while {here}"
            if old in SETTLED and event not in {Event.RETRY, Event.ROLL_BACK}:
                yield f"{task.pk}: {event} left the settled {old}"
            here = new
        if here != task.state:
            yield f"{task.pk}: its history ends in {here}, it is {task.state}"


def stuck(seen: Snapshot | None = None) -> Iterator[str]:
    """Open rows that nothing will ever look at again."""
    seen = seen or snapshot.take()
    for task in seen.tasks.values():
        if task.state not in SETTLED and (why := _why_stuck(task, seen)):
            yield f"task {task.pk} is {task.state}: {why}"
    in_lanes = {pull_id for lane in seen.lanes for pull_id in (lane.pull_id, lane.stacked_id)}
    for pull in seen.pulls.values():
        if pull.state not in _OVER and (pull.next_look_at is None or pull.deadline_at is None):
            yield f"pull {pull} is {pull.state} without look or deadline"
        if pull.state in _FLYING and pull.pk not in in_lanes:
            yield f"pull {pull} is {pull.state} outside its lane"
    for release in seen.releases.values():
        if release.state in _UNDER_WAY and (release.next_look_at is None or release.deadline_at is None):
            yield f"release {release} without look or deadline"
    yield from _stuck_lanes(seen)


def _why_stuck(task: Task, seen: Snapshot) -> str:
    state, pull = State(task.state), seen.pull_of(task)
    if state is State.NEEDS_OPERATOR:
        return "" if task.code else "it asks without saying why"
    if task.deadline_at is None:
        return "no deadline"
    if state in _BEFORE_THE_LANE:
        is_free = task.next_look_at is not None and task.cancel_requested_at is None
        return "" if is_free else "nobody looks"
    if state in _ABOARD:
        return "" if pull and pull.state == task.state else f"its pull is {pull and pull.state}"
    if state is State.ROLLING_BACK:
        mine = [rb for pk, rb in seen.rollbacks.items() if task.pk in seen.taken_back.get(pk, ())]
        ended = {*ROLLBACK.terminal, RollbackState.NEEDS_OPERATOR}
        return "" if any(rb.state not in ended for rb in mine) else "no rollback works for it"
    return "" if _is_watched(task, seen) else "no release watches it"


def _is_watched(task: Task, seen: Snapshot) -> bool:
    """Its release is at the same point; one that waits to go live is found by the sweep."""
    release, pull = seen.release_of(task), seen.pull_of(task)
    if task.state == State.DEPLOYING:
        return pull is not None and pull.state == PullState.MERGED
    return release is not None and release.state == ReleaseState.VERIFYING


def _stuck_lanes(seen: Snapshot) -> Iterator[str]:
    open_ones = [rollback for rollback in seen.rollbacks.values() if rollback.state not in ROLLBACK.terminal]
    for rollback in open_ones:
        waits = rollback.state == RollbackState.NEEDS_OPERATOR
        if not (rollback.code if waits else rollback.next_look_at and rollback.deadline_at):
            yield f"rollback {rollback} is stuck"
    for lane in seen.lanes:
        if lane.stacked_id and not lane.pull_id:
            yield "the lane holds a pull request on the head of none"
        for pull in (seen.pulls[pk] for pk in (lane.pull_id, lane.stacked_id) if pk):
            if pull.state not in _FLYING:
                yield f"the lane is occupied by {pull}, which is {pull.state}"
        if bool(lane.frozen_at) is not any(_is_in(lane, rollback, seen) for rollback in open_ones):
            yield f"the lane is frozen: {bool(lane.frozen_at)}"


def _is_in(lane: Lane, rollback: Rollback, seen: Snapshot) -> bool:
    of = next(pull_id for pull_id, release in seen.releases.items() if release.pk == rollback.release_id)
    return seen.pulls[of].lane_id == lane.pk


def undone_twice(seen: Snapshot) -> Iterator[str]:
    done = [pk for pk, rollback in seen.rollbacks.items() if rollback.state == RollbackState.DONE]
    counts = Counter(task_id for pk in done for task_id in seen.taken_back.get(pk, ()))
    yield from (f"{task_id} was undone {count} times" for task_id, count in counts.items() if count > 1)


def untrue(seen: Snapshot, town: Town) -> Iterator[str]:
    history = set(town.world.repository.history(town.world.repository.branches["main"]))
    for task in seen.tasks.values():
        if task.status != public_status(State(task.state)):
            yield f"{task.pk} says {task.status} and is {task.state}"
        if task.state in {State.FAILED, State.DECLINED} and not task.code:
            yield f"{task.pk} is {task.state} without a code"
        if task.state == State.DONE and (task.merge_sha not in history or not _was_verified(task, seen)):
            yield f"{task.pk} is done without proof"


def _was_verified(task: Task, seen: Snapshot) -> bool:
    release = seen.release_of(task)
    return release is not None and release.verified_at is not None
