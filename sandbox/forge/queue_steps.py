"""What a merge queue does next. Pure: entries and the time in, one step out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.forge.rules import Queue

PENDING, GREEN, RED = "pending", "green", "red"
_MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One entry as the queue judges it."""

    #: number of the pull request
    number: int
    #: pending, green or red, by the required checks of what was built
    verdict: str
    #: epoch second at which checks were requested; None for an entry that has not been built
    built_s: float | None
    #: epoch second at which it was enqueued
    enqueued_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Merge the first entries together."""

    #: how many
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take an entry out of the queue."""

    #: number of the pull request
    number: int
    #: GitHub's word for why
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Do nothing until something is reported."""

    #: epoch second at which the clock alone changes the answer; None if it never does
    until: float | None


def next_step(entries: Sequence[Seen], queue: Queue, now_s: float) -> Merge | Remove | Wait:
    """Decide for a queue, its first entry first."""
    built = [one for one in entries if one.built_s is not None]
    judged = [_timed(one, queue, now_s) for one in built]
    failed = _failed(judged, queue)
    if failed is not None:
        late = built[failed].verdict == PENDING
        return Remove(number=built[failed].number, reason="CI_TIMEOUT" if late else "CI_FAILURE")
    deadlines = [_deadline(one, queue) for one in built if one.verdict == PENDING]
    ready = _ready(judged[: max(1, queue.most_merged)], queue)
    if ready:
        patient_until = entries[0].enqueued_s + queue.wait_minutes * _MINUTE_S
        if ready >= queue.fewest_merged or patient_until <= now_s:
            return Merge(count=ready)
        deadlines.append(patient_until)
    return Wait(until=min(deadlines, default=None))


def _deadline(entry: Seen, queue: Queue) -> float:
    return (entry.built_s or 0) + queue.timeout_minutes * _MINUTE_S


def _timed(entry: Seen, queue: Queue, now_s: float) -> str:
    return RED if entry.verdict == PENDING and _deadline(entry, queue) <= now_s else entry.verdict


def _failed(judged: Sequence[str], queue: Queue) -> int | None:
    """Index of the entry that must go: the first red one, once all before it are known to be good."""
    first = next((at for at, verdict in enumerate(judged) if verdict != GREEN), None)
    if first is None or judged[first] != RED:
        return None
    saves = judged[first : max(1, queue.most_merged)]
    may_be_saved = queue.grouping == "HEADGREEN" and any(verdict != RED for verdict in saves)
    return None if may_be_saved else first


def _ready(judged: Sequence[str], queue: Queue) -> int:
    """How many entries may be merged together by their checks."""
    if queue.grouping == "HEADGREEN":
        return max((at + 1 for at, verdict in enumerate(judged) if verdict == GREEN), default=0)
    return next((at for at, verdict in enumerate(judged) if verdict != GREEN), len(judged))
