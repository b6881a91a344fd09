"""Putting a pull request that was given up out of the way, before its tasks board another one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import PortError
from tasks_app import workflow
from tasks_app.models import Effect, PullRequest
from tasks_app.pipeline.states import PullEvent, PullState
from tasks_app.services import lanes
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.effects import note_found
from tasks_app.services.forge_acts import close_once, delete_branch, look_if_there, published_head
from tasks_app.services.landed import note_own_commits
from tasks_app.services.pulls import merged, state_of
from tasks_app.services.troubles import try_later

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)


def close_on_forge(pull_id: UUID, ports: Ports) -> None:
    """Close it and drop its branch.

    1. Merged by a person meanwhile: then it is merged, and the tasks that wait for it go live with it.
    2. Pushed to or opened again by a person: it is theirs now and stays as it is.
    3. It cannot be closed: it is left to people after the usual attempts.
    """
    pull = try_claim(PullRequest, pull_id, PullState.CLOSING, ports=ports, lease=settings.LEASE)
    if pull is None:
        return
    try:
        view, note = _view(pull, ports), ""
        if view is None or not view.merge_sha:
            note = _close(pull, view, ports)
            # A merge may have been quicker than our closing, which a forge may take without a word.
            view = _view(pull, ports)
        if view is not None and view.merge_sha:
            note_own_commits(pull, view.merge_sha, ports)
            merged(pull, view.merge_sha, merged_at=view.merged_at or ports.clock(), ports=ports)
            return
    except PortError as error:
        resume = partial(workflow.resume_pull, pull.pk, PullState.CLOSING)
        if try_later(pull, error, resume, ports) is None:
            return
        note = f"it could not be closed: {error.detail}"
    give_way(pull, note, ports)


def give_way(pull: PullRequest, note: str, ports: Ports) -> None:
    """It is out of the way, or will not be: whoever waited for that may board."""
    with commit_step("closed", ports) as mail:
        known = "; ".join(filter(None, (pull.note, note)))
        state = state_of(pull, PullEvent.ABANDON)
        finish(pull, now=ports.clock(), state=state, deadline_at=None, note=known)
        mail.hints.extend(lanes.depart_hint(pull.lane_id))


def drop_stray_branch(pull: PullRequest, ports: Ports) -> None:
    """Delete what somebody pushed who slept while the pull request was given up: no row names it any more."""
    gone = PullRequest.objects.filter(pk=pull.pk, state=PullState.ABANDONED, number__isnull=True)
    try:
        if gone.exists():
            _delete_ours(pull, published_head(pull.pk), ports)
    except PortError as error:
        log.warning("stray_branch", branch=pull.head_branch, detail=error.detail)


def _view(pull: PullRequest, ports: Ports) -> PullView | None:
    """By the number that was written down; only when the answer to its creation was lost, by its branch."""
    if pull.number is not None:
        return look_if_there(pull.number, ports)
    return ports.pulls().find_pull(pull.head_branch)


def _close(pull: PullRequest, view: PullView | None, ports: Ports) -> str:
    ours = pull.head_sha or published_head(pull.pk)
    if view is not None and ours and view.head_sha != ours:
        return "people pushed to it and it is left to them"
    if view is not None and view.state == "open":
        if _was_closed(pull):
            return "people opened it again and it is left to them"
        close_once(pull.pk, view.number, ports)
    elif view is not None:
        note_found(pull.pk, "close", view.state, ports)
    _delete_ours(pull, ours, ports)
    return ""


def _delete_ours(pull: PullRequest, ours: str, ports: Ports) -> None:
    """A head that we do not know may be somebody's."""
    if ours and ports.content().branch_sha(pull.head_branch) == ours:
        delete_branch(pull.head_branch, ours, ports)


def _was_closed(pull: PullRequest) -> bool:
    return Effect.objects.filter(subject_id=pull.pk, kind="close", status=Effect.Status.DONE).exists()
