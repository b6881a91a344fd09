"""Branches that take only what has all their commits: what is behind is built anew on the new base."""

from __future__ import annotations

from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from closedloop.ports.errors import PortError
from tasks_app.models import PullRequest
from tasks_app.services.pulls import Abandonment, Fate

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.wiring import Ports
    from tasks_app.models import Lane


class _Built(Protocol):
    """What was built on a commit, and is tried to be merged."""

    attempts: int
    base_sha: str


CODE, CONFLICT = "base_moved", "conflict"
#: So many conflicts in a row are told apart, and the pause between two attempts grows up to this.
_MOST_CONFLICTS, _LONGEST_BREATHER_S = 8, 30
#: So many in a row came too late: people push faster than checks run, and trying again would never end.
_MOST_IN_A_ROW = 5
#: A merge is tried so often before its base is blamed for the refusal.
_TRIES = 3
#: For so long nothing is built on another one after that was refused.
_REMEMBERED_FOR = timedelta(days=1)


def behind(pull: PullRequest, detail: str) -> Abandonment:
    """Why it goes no further: once more from the lane, or to a person where that happens again and again."""
    before = PullRequest.objects.filter(lane=pull.lane_id, number__isnull=False).exclude(pk=pull.pk)
    ends = list(before.order_by("-created_at").values_list("code", flat=True)[:_MOST_IN_A_ROW])
    if ends == [CODE] * _MOST_IN_A_ROW:
        detail = f"{detail}; as did the base of the {_MOST_IN_A_ROW} before: a merge queue would help"
        return Abandonment(code="base_keeps_moving", detail=detail, fate=Fate.ASK, closes=True)
    return Abandonment(code=CODE, detail=detail, fate=Fate.REBOARD, closes=True)


def conflicts_in_a_row(lane: Lane, *, before: PullRequest | None = None) -> tuple[int, datetime | None]:
    """How many of the lane's newest pull requests conflicted with what people wrote, and since when."""
    pulls = PullRequest.objects.filter(lane=lane, number__isnull=False)
    pulls = pulls.filter(created_at__lt=before.created_at) if before else pulls
    ends = pulls.order_by("-created_at").values_list("code", "abandoned_at")[:_MOST_CONFLICTS]
    found = [at for _, at in takewhile(lambda end: end[0] == CONFLICT, ends)]
    return len(found), found[0] if found else None


def breather(conflicts: int) -> timedelta:
    """How long a lane pauses after so many conflicts in a row: nothing after the first one."""
    seconds = min(2 ** (conflicts - 1), _LONGEST_BREATHER_S) if conflicts > 1 else 0
    return timedelta(seconds=seconds)


def is_to_blame(row: _Built, base_branch: str, ports: Ports) -> bool:
    """Whether a merge that is refused again and again was built on what the base is no more."""
    if row.attempts <= _TRIES:
        return False
    try:
        return ports.content().branch_sha(base_branch) != row.base_sha
    except PortError:
        return False  # asked again with the next refusal


def was_in_the_way(lane: Lane, now: datetime) -> bool:
    """Whether what was built on another one was refused lately, since the merge of that moved the base."""
    lately = PullRequest.objects.filter(lane=lane, code=CODE, created_at__gt=now - _REMEMBERED_FOR)
    return lately.filter(base_pull__isnull=False).exists()
