"""The way back, first half: a hotfix pull request that takes our own lines out again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import BadReply, PortError, Unavailable
from closedloop.ports.forge import BranchDraft, BranchHead, CommitDraft, PullDraft, PullView
from rollback_app import workflow
from rollback_app.models import Rollback
from rollback_app.services.asking import ask_operator
from rollback_app.services.rebuilding import merged_before
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from rollback_app.texts import pull_body, pull_title
from tasks_app.pipeline import faq, text
from tasks_app.pipeline.budget import Share
from tasks_app.services.commit import LostClaim, commit_step, finish, keep_claim, try_claim
from tasks_app.services.forge_acts import Publication, publish_once
from tasks_app.services.operations import operation_of
from tasks_app.services.troubles import SETTLING, forge_code, try_later

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.models import Lane

log = structlog.get_logger(__name__)

LABELS = ("P0", "auto-rollback", "hotfix")


class CannotRevert(Exception):  # noqa: N818 - a state of affairs
    """People changed what we would take out: only they can say what is right."""


def revert(rollback_id: UUID, ports: Ports) -> None:
    """Publish the hotfix branch and open its pull request."""
    rollback = try_claim(Rollback, rollback_id, RollbackState.REVERTING, ports=ports, lease=settings.LEASE)
    if rollback is None:
        return
    lane = rollback.release.pull.lane
    try:
        if sha := merged_before(rollback, ports):
            _record_merge(rollback, sha, ports)
            return
        what = Publication(
            branch=lambda: _branch_draft(rollback, lane, ports),
            commits=1,
            pull=_pull_draft(rollback, lane),
            hold=partial(keep_claim, rollback, settings.LEASE, ports),
            share=Share.ROLLBACK,
        )
        head, view = publish_once(rollback.attempt_id, what, ports)
    except LostClaim:
        log.info("claim_lost", step="revert")
        return
    except CannotRevert as error:
        ask_operator(rollback, "revert_conflict", str(error), ports)
        return
    except PortError as error:
        resume = partial(workflow.resume_rollback, rollback.pk, RollbackState.REVERTING)
        if try_later(rollback, error, resume, ports) is not None:
            ask_operator(rollback, forge_code(error), error.detail, ports)
        return
    _record(rollback, head, view, ports)


def _branch_draft(rollback: Rollback, lane: Lane, ports: Ports) -> BranchDraft:
    content = ports.content()
    base_sha = content.branch_sha(lane.base_branch)
    if base_sha is None:
        raise BadReply(f"{lane.repo} has no branch {lane.base_branch}")
    found = content.file_at(lane.path, base_sha)
    try:
        page = _without_ours(rollback, found.text if found else "")
    except CannotRevert:
        _refuse_an_older_base(rollback, base_sha, ports)
        raise
    subject = f"Revert {rollback.release.sha[:12]}: {rollback.reason}"
    message = text.commit_message(subject, *(str(task.pk) for task in rollback.tasks.all()))
    Rollback.objects.filter(pk=rollback.pk).update(base_sha=base_sha)
    return BranchDraft(
        name=rollback.head_branch,
        base_sha=base_sha,
        commits=(CommitDraft(message=message, files={lane.path: page}),),
    )


def _refuse_an_older_base(rollback: Rollback, base_sha: str, ports: Ports) -> None:
    """For a while the forge may show the branch as it was before our merge: there is nothing of ours then."""
    is_young = ports.clock() - rollback.entered_at < SETTLING
    if is_young and not ports.content().contains(rollback.release.sha, base_sha):
        raise Unavailable(f"{base_sha[:12]}, shown as the base, is older than the merge")


def _without_ours(rollback: Rollback, page: str) -> str:
    """The page without the entries of the rolled-back tasks; every other byte stays."""
    before = page
    for task in rollback.tasks.all():
        outcome = faq.remove(page, operation_of(task))
        if isinstance(outcome, faq.Conflict):
            raise CannotRevert(f"task {task.pk}: {outcome.reason}")
        page = outcome.text
    if page == before:
        raise CannotRevert("the page holds nothing of ours any more")
    return page


def _pull_draft(rollback: Rollback, lane: Lane) -> PullDraft:
    return PullDraft(
        title=pull_title(rollback.reason),
        body=pull_body(rollback, [str(task.pk) for task in rollback.tasks.all()]),
        head_branch=rollback.head_branch,
        base_branch=lane.base_branch,
        labels=LABELS,
    )


def _record_merge(rollback: Rollback, merge_sha: str, ports: Ports) -> None:
    with commit_step("revert_merged", ports):
        now = ports.clock()
        finish(
            rollback,
            now=now,
            state=ROLLBACK.target(RollbackState.REVERTING, RollbackEvent.MERGE).value,
            number=rollback.replaces,
            replaces=None,
            merge_sha=merge_sha,
            merged_at=now,
            next_look_at=now,
            note="",
        )


def _record(rollback: Rollback, head: BranchHead, view: PullView, ports: Ports) -> None:
    with commit_step("revert_published", ports):
        now = ports.clock()
        finish(
            rollback,
            now=now,
            state=ROLLBACK.target(RollbackState.REVERTING, RollbackEvent.PUBLISH).value,
            number=view.number,
            url=view.url,
            head_sha=head.head_sha,
            replaces=None,
            published_at=now,
            next_look_at=now,
            note="",
        )
