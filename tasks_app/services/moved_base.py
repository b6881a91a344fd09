"""Branches that take only what has all their commits: what is behind is built anew on the new base."""

from __future__ import annotations

from datetime import timedelta
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


CODE = "base_moved"
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
