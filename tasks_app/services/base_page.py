"""The page as a merge would find it: git merges texts, and does not see that two of them answer the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import BadReply
from tasks_app.models import PullRequest
from tasks_app.pipeline.boarding import Fitness, fit
from tasks_app.services.commit import renewal
from tasks_app.services.operations import operation_of
from tasks_app.services.pulls import Abandonment, Fate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.wiring import Ports
    from tasks_app.models import Lane, Task


def outdated(pull: PullRequest, tasks: Sequence[Task], ports: Ports) -> Abandonment | None:
    """Why it must not be merged into the base as it is now; None when all fits.

    One request where the base is what the branch was built on, more where it is not. Raises PortErrors, and
    LostClaim.
    """
    content, lane = ports.content(), pull.lane
    tip = content.branch_sha(lane.base_branch)
    if tip is None:
        raise BadReply(f"{lane.repo} has no branch {lane.base_branch}: check GITHUB_BASE_BRANCH")
    if tip == pull.base_sha:
        return None
    if pull.base_pull and not content.contains(pull.base_pull.head_sha, tip):
        detail = f"{pull.base_pull} was not merged with its commits as they are, and this one holds them"
        return Abandonment(code="base_moved", detail=detail, fate=Fate.REBOARD, closes=True)
    found = content.file_at(lane.path, tip)
    if found is None:
        return missing(pull, ports)
    before = now = found.text
    renew = renewal(pull, settings.LEASE, ports)  # a long page takes more than one lease
    for task in tasks:
        renew()
        one = fit(before, now, operation_of(task))
        if one.fitness is not Fitness.FITS:
            detail = f"on the page of {tip[:12]} task {task.pk} is {one.fitness} {one.detail}"
            return Abandonment(code="page_changed", detail=detail.strip(), fate=Fate.REBOARD, closes=True)
        now = one.page
    return None


def missing(pull: PullRequest, ports: Ports) -> Abandonment | None:
    """Why nothing is written where there is no page; None where there never was one. Raises PortErrors."""
    lane = pull.lane
    known = [sha for sha in (pull.base_sha, _last_base(lane)) if sha]
    if not any(ports.content().file_at(lane.path, sha) for sha in known):
        return None
    detail = f"somebody removed or renamed {lane.path}: set FAQ_PATH to where it is now, or put it back"
    return Abandonment(code="page_missing", detail=detail, fate=Fate.ASK, closes=True)


def _last_base(lane: Lane) -> str:
    """What the lane's last pull request was built on."""
    bases = PullRequest.objects.filter(lane=lane).exclude(base_sha="").order_by("-created_at")
    return bases.values_list("base_sha", flat=True).first() or ""
