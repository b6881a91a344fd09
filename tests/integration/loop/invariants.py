"""What must hold after every step, over all rows and the forge; each function says what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from rollback_app.models import Release, Rollback
from rollback_app.states import ReleaseState, RollbackState
from tasks_app.models import Lane, PullRequest, Task, TaskEvent
from tasks_app.pipeline.states import HOLDS_QUESTION, SETTLED, TASK, Event, PullState, State, public_status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.fakes.town import Town

_BEFORE_THE_LANE = {State.QUEUED, State.GENERATING, State.JUDGING, State.WAITING_FOR_LANE}
_ABOARD = {State.PUBLISHING, State.AWAITING_CI, State.MERGING}
_FLYING = {PullState.PUBLISHING, PullState.AWAITING_CI, PullState.MERGING}
_OVER = {PullState.MERGED, PullState.ABANDONED}
_STAMPS = ("event", "from_state", "to_state")


def broken(town: Town) -> list[str]:
    """Everything that is wrong now."""
    return [
        *one_task_per_question(town.now),
        *illegal_histories(),
        *stuck(),
        *doubled_on_the_forge(town),
        *foreign_paths(town),
        *undone_twice(),
        *untrue(town),
    ]


def one_task_per_question(now: datetime) -> Iterator[str]:
    recent = Task.objects.filter(created_at__gt=now - timedelta(hours=1), state__in=HOLDS_QUESTION)
    counts = Counter(recent.values_list("fingerprint", flat=True))
    yield from (f"{count} tasks hold one question" for count in counts.values() if count > 1)


def illegal_histories() -> Iterator[str]:
    moves = defaultdict(list)
    for task_id, *stamp in TaskEvent.objects.values_list("task_id", *_STAMPS):
        moves[task_id].append(stamp)
    for task in Task.objects.all():
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


def stuck() -> Iterator[str]:
    """Open rows that nothing will ever look at again."""
    for task in Task.objects.select_related("pull", "pull__release").exclude(state__in=SETTLED):
        if why := _why_stuck(task):
            yield f"task {task.pk} is {task.state}: {why}"
    for pull in PullRequest.objects.exclude(state__in=_OVER):
        if pull.next_look_at is None or pull.deadline_at is None:
            yield f"pull {pull} is {pull.state} without look or deadline"
        if pull.state in _FLYING and not Lane.objects.filter(pull=pull).exists():
            yield f"pull {pull} is {pull.state} outside its lane"
    for release in Release.objects.filter(state__in=(ReleaseState.DEPLOYING, ReleaseState.VERIFYING)):
        if release.next_look_at is None or release.deadline_at is None:
            yield f"release {release} without look or deadline"
    yield from _stuck_lanes()


def _why_stuck(task: Task) -> str:
    state = State(task.state)
    if state is State.NEEDS_OPERATOR:
        return "" if task.code else "it asks without saying why"
    if task.deadline_at is None:
        return "no deadline"
    if state in _BEFORE_THE_LANE:
        is_free = task.next_look_at is not None and task.cancel_requested_at is None
        return "" if is_free else "nobody looks"
    if state in _ABOARD:
        return (
            ""
            if task.pull and task.pull.state == task.state
            else f"its pull is {task.pull and task.pull.state}"
        )
    if state is State.ROLLING_BACK:
        open_ones = task.rollbacks.exclude(state__in=(RollbackState.DONE, RollbackState.NEEDS_OPERATOR))
        return "" if open_ones.exists() else "no rollback works for it"
    return "" if _is_watched(task) else "no release watches it"


def _is_watched(task: Task) -> bool:
    """Its release is at the same point; one that waits to go live is found by the sweep."""
    release = getattr(task.pull, "release", None)
    if task.state == State.DEPLOYING:
        return task.pull is not None and task.pull.state == PullState.MERGED
    return release is not None and release.state == ReleaseState.VERIFYING


def _stuck_lanes() -> Iterator[str]:
    open_rollbacks = Rollback.objects.exclude(state__in=(RollbackState.DONE, RollbackState.GIVEN_UP))
    for rollback in open_rollbacks:
        waits = rollback.state == RollbackState.NEEDS_OPERATOR
        if not (rollback.code if waits else rollback.next_look_at and rollback.deadline_at):
            yield f"rollback {rollback} is stuck"
    for lane in Lane.objects.select_related("pull"):
        if lane.pull and lane.pull.state not in _FLYING:
            yield f"the lane is occupied by {lane.pull}, which is {lane.pull.state}"
        if bool(lane.frozen_at) is not open_rollbacks.filter(release__pull__lane=lane).exists():
            yield f"the lane is frozen: {bool(lane.frozen_at)}"


def doubled_on_the_forge(town: Town) -> Iterator[str]:
    history = town.world.repository.history(town.world.repository.branches["main"])
    messages = [town.world.repository.commits[sha].message for sha in history]
    for task_id in map(str, Task.objects.values_list("pk", flat=True)):
        merges = [text for text in messages if task_id in text]
        undos = [text for text in merges if "Auto-rollback" in text]
        if len(merges) - len(undos) > 1 or len(undos) > 1:
            yield f"{task_id} was merged {len(merges) - len(undos)} times and undone {len(undos)} times"
    markers = Counter(line for issue in town.world.issues.values() for line in issue.body.splitlines()[-1:])
    yield from (f"{count} issues for {marker}" for marker, count in markers.items() if count > 1)
    heads = Counter(pull.head_branch for pull in town.world.pulls.values() if not pull.is_fork)
    yield from (f"{count} pull requests from {head}" for head, count in heads.items() if count > 1)


def foreign_paths(town: Town) -> Iterator[str]:
    commits = town.world.repository.commits
    for commit in list(commits.values()):
        is_ours = "trace-id" in commit.message and not commit.message.startswith("By hand")
        if not is_ours or not commit.parents:
            continue
        before = commits[commit.parents[0]].files
        touched = {path for path in {*before, *commit.files} if before.get(path) != commit.files.get(path)}
        if touched - {"docs/FAQ.md"}:
            yield f"our commit {commit.sha[:7]} touches {touched}"
    yield from (
        f"a fork's #{p.number} is {p.state}"
        for p in town.world.pulls.values()
        if p.is_fork and p.state != "open"
    )


def undone_twice() -> Iterator[str]:
    done = Rollback.objects.filter(state=RollbackState.DONE).values_list("tasks", flat=True)
    yield from (f"{pk} was undone {count} times" for pk, count in Counter(done).items() if pk and count > 1)


def untrue(town: Town) -> Iterator[str]:
    history = set(town.world.repository.history(town.world.repository.branches["main"]))
    for task in Task.objects.select_related("pull__release"):
        if task.status != public_status(State(task.state)):
            yield f"{task.pk} says {task.status} and is {task.state}"
        if task.state in {State.FAILED, State.DECLINED} and not task.code:
            yield f"{task.pk} is {task.state} without a code"
        if task.state == State.DONE and (task.merge_sha not in history or not _was_verified(task)):
            yield f"{task.pk} is done without proof"


def _was_verified(task: Task) -> bool:
    release = getattr(task.pull, "release", None)
    return release is not None and release.verified_at is not None
