"""How a pull request ends, and what becomes of the tasks in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings

from closedloop.ports.notifier import Message, Severity
from tasks_app import workflow
from tasks_app.models import PullRequest, Task
from tasks_app.pipeline import text
from tasks_app.pipeline.states import PULL, Event, PullEvent, PullState, State
from tasks_app.pipeline.steps import deadline_after, next_aftercare
from tasks_app.services import lanes, learning, suspects
from tasks_app.services.commit import commit_step, finish
from tasks_app.services.notifying import post_comment, post_message
from tasks_app.services.transition import Happening, move_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports

#: States of tasks whose work happens on the pull request's row.
ABOARD = (State.PUBLISHING, State.AWAITING_CI, State.MERGING)
#: Codes that speak against the tasks aboard.
RED_CODES = ("ci_failed", "own_checks_failed")
_GIVEN_UP = (PullState.CLOSING, PullState.ABANDONED)
#: After this a pull request that cannot be closed is left to people.
CLOSE_WITHIN = timedelta(hours=1)
#: Codes under which nothing is merged until a person mends something outside.
_ALARMING = frozenset({"merge_forbidden", "merge_method_forbidden", "merge_strategy_unavailable"})


class Fate(StrEnum):
    """What becomes of the tasks of an abandoned pull request."""

    FAIL = "fail"
    #: Back to the lane: the stored operation is applied again to a fresh base.
    REBOARD = "reboard"
    #: Back to the lane in parts, to find the guilty one.
    DIVIDE = "divide"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """Why a pull request is given up, and how."""

    code: str
    detail: str
    fate: Fate
    #: Close it on the forge; otherwise it is left for people.
    closes: bool

    @property
    def is_left_to_people(self) -> bool:
        """Whether somebody will find it open and wonder; who closed it themselves knows why."""
        return not self.closes and self.code != "pull_closed"

    @property
    def is_alarming(self) -> bool:
        """Whether nothing can be merged until a person mends something outside."""
        return self.code in _ALARMING


def aboard(pull: PullRequest) -> list[Task]:
    """The tasks that travel in this pull request now, in the order of their commits."""
    order = ("priority", "created_at", "pk")
    found = list(Task.objects.filter(pull=pull, state__in=[s.value for s in ABOARD]).order_by(*order))
    for task in found:
        task.pull = pull  # known already: no join reads it once more for each task
    return found


def _carried(pull: PullRequest) -> list[Task]:
    """Whoever goes live with it: those aboard, and those who wait until it is out of the way."""
    waiting = Task.objects.filter(pull=pull, state=State.WAITING_FOR_LANE).select_related("pull")
    return [*aboard(pull), *waiting]


def _asking(pull: PullRequest) -> QuerySet[Task]:
    """Those who ask an operator only because it was not merged, as far as was known."""
    asking = Task.objects.filter(pull=pull, state=State.NEEDS_OPERATOR, left_state__in=ABOARD)
    return asking.select_related("pull")


def unwanted(pull: PullRequest, tasks: Sequence[Task]) -> Abandonment | None:
    """Why a pull request with these tasks aboard should not go on, whatever the forge says."""
    if pull.base_pull and pull.base_pull.state in _GIVEN_UP:
        detail = f"{pull.base_pull} was given up, and it holds that one's commits"
        return Abandonment(code="base_given_up", detail=detail, fate=Fate.REBOARD, closes=True)
    if not tasks:
        return Abandonment(code="empty", detail="nobody is left aboard", fate=Fate.REBOARD, closes=True)
    if any(task.cancel_requested_at for task in tasks):
        return Abandonment(code="cancelled", detail="a task was cancelled", fate=Fate.REBOARD, closes=True)
    return None


def unmerged_base(pull: PullRequest) -> str:
    """The pull request on whose head this one is built, until that is merged."""
    base = pull.base_pull
    return str(base) if base and base.state != PullState.MERGED else ""


def red(pull: PullRequest, detail: str) -> Abandonment:
    """Its checks are red: several tasks are divided to find the guilty one, one alone fails."""
    if len(aboard(pull)) <= 1:
        return Abandonment(code="ci_failed", detail=detail, fate=Fate.FAIL, closes=False)
    if suspects.ci_seems_ill(pull):
        detail = f"{detail}; as were so many before that CI or the base branch should be looked at"
        return Abandonment(code="ci_keeps_failing", detail=detail, fate=Fate.ASK, closes=True)
    return Abandonment(code="ci_failed", detail=detail, fate=Fate.DIVIDE, closes=True)


def refused_here(pull: PullRequest, detail: str) -> Abandonment:
    """The repository's own commands fail for it here: as red checks do, without a run of CI."""
    fate = Fate.DIVIDE if len(aboard(pull)) > 1 else Fate.FAIL
    return Abandonment(code="own_checks_failed", detail=detail, fate=fate, closes=False)


def state_of(pull: PullRequest, event: PullEvent) -> str:
    """The state that `event` leads to, for `finish`; raises `IllegalEvent`."""
    return PULL.target(PullState(pull.state), event).value


def abandon(pull: PullRequest, why: Abandonment, ports: Ports) -> None:
    """Give the pull request up: row, tasks, lane and the closing on the forge in one transaction."""
    with commit_step("abandon", ports) as mail:
        now = ports.clock()
        if why.closes:
            mail.hints.extend(withdraw(pull, now=now, code=why.code, note=why.detail, abandoned_at=now))
        else:
            gone = state_of(pull, PullEvent.ABANDON)
            known = {"code": why.code, "note": why.detail, "abandoned_at": now}
            may_be_merged = why.fate is Fate.ASK and pull.number is not None
            again = next_aftercare(now, now) if may_be_merged else None
            finish(pull, now=now, state=gone, deadline_at=None, next_look_at=again, **known)
        tasks = aboard(pull)
        if why.is_left_to_people and pull.number is not None:
            if why.is_alarming:
                post_message(pull.pk, _alarm(pull, why), mail, now=now)
            post_comment(pull, f"Left to people: {why.code}", _farewell(why, tasks), mail, now=now)
        if why.code in RED_CODES:
            suspects.note_red(pull)
        _settle_tasks(tasks, why, now=now, actor=ports.worker)
        mail.hints.extend(lanes.call_followers(pull, now=now))
        lanes.release_lane(pull)
        mail.hints.extend(lanes.depart_hint(pull.lane_id))


def _alarm(pull: PullRequest, why: Abandonment) -> Message:
    """What on-call hears at once."""
    title = f"Pull request #{pull.number} could not be merged: {why.code}"
    return Message(title=title, body=f"{why.detail}\n{pull.url}", severity=Severity.CRITICAL)


def _farewell(why: Abandonment, tasks: Sequence[Task]) -> str:
    """What a person reads who finds the pull request open."""
    lines = [
        f"closedloop goes no further with this pull request: `{why.code}`.",
        "",
        text.defuse(text.inline_markdown(why.detail)),
        "",
        *(f"- trace-id: {task.pk}" for task in tasks),
    ]
    return "\n".join(lines)


def withdraw(pull: PullRequest, *, now: datetime, **columns: object) -> list[Hint]:
    """Have it closed on the forge, inside the caller's transaction; returns the hints to send."""
    state = state_of(pull, PullEvent.CLOSE)
    finish(pull, now=now, state=state, next_look_at=now, deadline_at=now + CLOSE_WITHIN, **columns)
    return workflow.resume_pull(pull.pk, PullState.CLOSING)


def _settle_tasks(tasks: list[Task], why: Abandonment, *, now: datetime, actor: str) -> None:
    cancelled = [task for task in tasks if task.cancel_requested_at]
    others = [task for task in tasks if not task.cancel_requested_at]
    move_tasks(cancelled, Happening(event=Event.CANCEL, actor=actor, code="cancelled"), now=now)
    happening = Happening(event=Event.REBOARD, actor=actor, detail=f"{why.code}: {why.detail}")
    if why.fate is Fate.DIVIDE and len(others) > 1:
        for part, members in suspects.divided(others, why.detail, now=now, is_complete=not cancelled):
            for task in members:
                # Only red checks speak against anybody; what has no place together is divided as well.
                again = {"part": part, "red_runs": task.red_runs + (why.code in RED_CODES)}
                move_tasks([task], happening, now=now, next_look_at=now, **again)
        return
    if why.fate in (Fate.REBOARD, Fate.DIVIDE):
        # The net: should the departure's hint be lost, the sweep sends it again.
        move_tasks(others, happening, now=now, next_look_at=now)
        return
    event = Event.FAIL if why.fate is Fate.FAIL else Event.NEED_OPERATOR
    move_tasks(others, Happening(event=event, actor=actor, code=why.code, detail=why.detail), now=now)


def merged(pull: PullRequest, merge_sha: str, *, merged_at: datetime, ports: Ports) -> None:
    """Record the merge, free the lane and hand the release over, in one transaction."""
    with commit_step("merged", ports) as mail:
        now = ports.clock()
        if pull.state == PullState.MERGING:
            learning.learn_stay(State.MERGING, pull.entered_at, now=now)
        finish(
            pull,
            now=now,
            state=state_of(pull, PullEvent.MERGE),
            merge_sha=merge_sha,
            merged_at=merged_at,
            deadline_at=None,
            note="",
        )
        known: dict[str, Any] = {"merge_sha": merge_sha, "merged_at": merged_at}
        until = deadline_after(State.DEPLOYING, now + settings.DEPLOY_TIMEOUT)
        happening = Happening(event=Event.MERGE, actor=ports.worker, detail=merge_sha)
        carried = _carried(pull)
        suspects.note_merged(pull, carried)
        move_tasks(carried, happening, now=now, deadline_at=until, **known)
        after_all = Happening(event=Event.RESUME, actor="policy", to=State.DEPLOYING, detail=merge_sha)
        move_tasks(_asking(pull), after_all, now=now, deadline_at=until, **known)
        # Those that ended before stay as they are until a retry or a rollback, which go by this.
        Task.objects.filter(pull=pull, state__in=(State.FAILED, State.NEEDS_OPERATOR)).update(**known)
        mail.hints.extend(lanes.call_followers(pull, now=now))
        lanes.release_lane(pull)
        mail.post("rollback.take_release", pull.pk, now=now)
        mail.hints.extend(lanes.depart_hint(pull.lane_id))
