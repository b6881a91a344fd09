"""The ways into the branch: we merge, or leave it to the forge and look whether it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from django.conf import settings

from closedloop.ports.errors import AlreadyClean, PortError, Refused
from closedloop.ports.forge import MergeOrder
from closedloop.ports.merging import MergeMethod
from tasks_app.models import PullRequest
from tasks_app.pipeline import text
from tasks_app.pipeline.merge_way import Barred, Way, WayIn, choose, choose_way
from tasks_app.services.forge_acts import merge_once
from tasks_app.services.handing import HandOver, hand_over_once
from tasks_app.services.moved_base import was_in_the_way
from tasks_app.services.pulls import Abandonment, Fate, red
from tasks_app.services.red_base import failed_on
from tasks_app.services.required import merge_rules, requirements, wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports
    from tasks_app.models import Task

#: After so many returns for reasons that nobody told a person looks.
_MOST_RETURNS = 3
_KINDS = {WayIn.QUEUE: "enqueue", WayIn.AUTO_MERGE: "auto_merge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """The forge has it in hand."""

    #: How, for an operator.
    note: str


def handed_over(pull: PullRequest) -> HandOver | None:
    """How the forge was asked to merge it, if it was."""
    if pull.merge_way not in _KINDS:
        return None
    return HandOver(subject_id=pull.pk, what=_KINDS[WayIn(pull.merge_way)])


def note_seen(pull: PullRequest, view: PullView, ports: Ports) -> None:
    """The forge shows that it has it in hand, or had: remember that, and what its queue checks."""
    if over := handed_over(pull):
        over.note_seen(ports)
    if view.group_sha and view.group_sha != pull.group_sha:
        _note(pull, group_sha=view.group_sha)


def is_settling(pull: PullRequest, ports: Ports) -> bool:
    """Whether it was handed over a moment ago and may not be shown as such yet."""
    over = handed_over(pull)
    return over is not None and over.is_settling(ports.clock())


def came_back(pull: PullRequest, view: PullView, ports: Ports) -> Abandonment | None:
    """Why what the forge gave back unmerged is not handed over again; None when it may be, or was not."""
    over = handed_over(pull)
    if over is None or over.present() is None:
        return None
    if pull.group_sha and (failed := failed_on(pull.group_sha, pull, view, ports)):
        return red(pull, "failed in the merge queue: " + ", ".join(failed))
    returns = over.note_returned()
    _note(pull, group_sha="")
    if returns >= _MOST_RETURNS:
        detail = f"the forge gave it back unmerged {returns} times"
        return Abandonment(code="merge_refused", detail=detail, fate=Fate.ASK, closes=False)
    return None


def go_in(pull: PullRequest, tasks: Sequence[Task], ports: Ports) -> str | Handed | Abandonment:
    """Merge, and return the new base commit; or have the forge do it; or say why that is not possible."""
    rules = merge_rules(pull.lane.base_branch, ports, now=ports.clock())
    # What another one is built on has to reach the base as it is, as if more than one travelled in it.
    way = choose(rules, wishes(), party_size=len(tasks) + pull.followers.count())
    if isinstance(way, Barred):
        return Abandonment(code=way.code, detail=way.detail, fate=Fate.ASK, closes=False)
    if way.by is WayIn.AUTO_MERGE and pull.merge_way == WayIn.DIRECT:
        # The forge said before that it is clean; asking once more would cost a write each time, and where
        # writes are short the merge itself would never be paid for.
        way = replace(way, by=WayIn.DIRECT)
    _note(pull, merge_way=way.by.value, merge_method=way.method or "")
    order = _order(pull, tasks, way)
    match way.by:
        case WayIn.DIRECT:
            return _merge_now(pull, order, ports)
        case WayIn.QUEUE:
            over = HandOver(subject_id=pull.pk, what=_KINDS[way.by])
            hand_over_once(over, ports.writer().enqueue, order, ports)
            return Handed(note="put into the merge queue")
        case WayIn.AUTO_MERGE:
            return _leave_for_later(pull, order, ports)
        case _:
            assert_never(way.by)


def keeps_commits(pull: PullRequest, ports: Ports) -> bool:
    """Whether this one would reach the base as it is and at once, so that another can be built on it."""
    lane, now = pull.lane, ports.clock()
    try:
        rules = merge_rules(lane.base_branch, ports, now=now)
        # Its merge commit would be one that the other one lacks.
        is_strict = requirements(lane.base_branch, ports, now=now).is_strict or was_in_the_way(lane, now)
    except PortError:
        return False  # then nothing is built on it, which costs others time and nothing else
    way = choose(rules, wishes(), party_size=2)
    return way == Way(by=WayIn.DIRECT, method=MergeMethod.MERGE) and not is_strict


def is_for_queue(pull: PullRequest, ports: Ports) -> bool:
    """Whether the branch's merge queue is to merge it."""
    rules = merge_rules(pull.lane.base_branch, ports, now=ports.clock())
    return choose_way(rules, wishes().strategy) is WayIn.QUEUE


def _leave_for_later(pull: PullRequest, order: MergeOrder, ports: Ports) -> str | Handed:
    """What is clean cannot be left for later: it is merged at once, on the strength of the same guards."""
    over = HandOver(subject_id=pull.pk, what=_KINDS[WayIn.AUTO_MERGE])
    try:
        hand_over_once(over, ports.writer().enable_auto_merge, order, ports)
    except AlreadyClean:
        _note(pull, merge_way=WayIn.DIRECT.value)
        return _merge_now(pull, order, ports)
    return Handed(note="left to the forge to merge")


def _merge_now(pull: PullRequest, order: MergeOrder, ports: Ports) -> str:
    try:
        return merge_once(pull.pk, order, ports)
    except Refused:
        _note(pull, merge_way="")  # it is clean no more, if it was
        raise


def _note(pull: PullRequest, **columns: str) -> None:
    """Write on the row while it is ours; `finish` tells whoever has lost it."""
    PullRequest.objects.filter(pk=pull.pk, fence=pull.fence).update(**columns)
    for column, value in columns.items():
        setattr(pull, column, value)


def _order(pull: PullRequest, tasks: Sequence[Task], way: Way) -> MergeOrder:
    number, is_squash = pull.number or 0, way.method is MergeMethod.SQUASH
    return MergeOrder(
        number=number,
        head_sha=pull.head_sha,
        method=way.method or settings.MERGE_METHOD,
        title=f"{text.pull_title(tasks[0].question, more=len(tasks) - 1)} (#{number})",
        message=text.merge_message((str(task.pk) for task in tasks), is_squash=is_squash),
    )
