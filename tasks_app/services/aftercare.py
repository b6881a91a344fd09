"""A pull request that was left open and to people: whether it was merged after all is asked for a day.

The answer to the merge was lost, or a person had to merge it. Its tasks wait for an operator; once the
forge shows the merge they go on by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import PortError
from tasks_app.models import PullRequest
from tasks_app.pipeline.states import PullState
from tasks_app.pipeline.steps import next_aftercare
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.effects import note_found
from tasks_app.services.forge_acts import look_if_there
from tasks_app.services.landed import note_own_commits
from tasks_app.services.pulls import merged

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)


def look_after(pull_id: UUID, ports: Ports) -> None:
    """Ask once whether it is merged; its tasks go on if it is."""
    pull = try_claim(PullRequest, pull_id, PullState.ABANDONED, ports=ports, lease=settings.LEASE)
    if pull is None or pull.number is None:
        return
    try:
        view = look_if_there(pull.number, ports)
        if view is not None and view.merge_sha:
            note_own_commits(pull, view.merge_sha, ports)
    except PortError as error:
        log.warning("merge_still_unknown", pull=str(pull.pk), error=error.code)
        view = None
    if view is not None and view.merge_sha:
        note_found(pull.pk, "merge", view.merge_sha, ports)
        merged(pull, view.merge_sha, merged_at=view.merged_at or ports.clock(), ports=ports)
    else:
        _look_again(pull, ports)


def _look_again(pull: PullRequest, ports: Ports) -> None:
    with commit_step("merge_still_unknown", ports):
        now = ports.clock()
        finish(pull, now=now, next_look_at=next_aftercare(pull.abandoned_at or now, now), attempts=0)
