"""A revert whose base has moved under it is taken back and built anew: nothing of ours is merged as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_app import workflow
from rollback_app.services.asking import ask_operator
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.pipeline.budget import Share
from tasks_app.pipeline.merge_gate import BlockerKind
from tasks_app.services import moved_base
from tasks_app.services.commit import commit_step, finish
from tasks_app.services.effects import note_found
from tasks_app.services.forge_acts import close_once, delete_branch, look_if_there, published_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.wiring import Ports
    from rollback_app.models import Rollback
    from tasks_app.pipeline.merge_gate import Blocker

#: More often than so, people push faster than smoke checks run, and each time costs writes.
_MOST = 5
#: What is mended by building it anew.
_MOVED = frozenset({BlockerKind.CONFLICT, BlockerKind.BEHIND})


def is_moved(found: Sequence[Blocker]) -> bool:
    """Whether the guards object because of the base."""
    return any(blocker.kind in _MOVED for blocker in found)


def is_base_to_blame(rollback: Rollback, ports: Ports) -> bool:
    """Whether a merge is refused again and again that was built on what the base is no more."""
    return moved_base.is_to_blame(rollback, rollback.release.pull.lane.base_branch, ports)


def rebuild(rollback: Rollback, why: str, ports: Ports) -> None:
    """Go back to the first step, which closes this pull request before it opens the next one."""
    if rollback.rebuilds - rollback.first_rebuild >= _MOST:
        ask_operator(rollback, "rollback_base_keeps_moving", why, ports)
        return
    with commit_step("rebuild_revert", ports) as mail:
        first = f"hotfix/rollback-{rollback.pk.hex[:12]}"
        state = ROLLBACK.target(RollbackState(rollback.state), RollbackEvent.REBUILD)
        finish(
            rollback,
            now=ports.clock(),
            state=state.value,
            next_look_at=ports.clock(),
            note=why,
            rebuilds=rollback.rebuilds + 1,
            replaces=rollback.number,
            head_branch=f"{first}-{rollback.rebuilds + 2}",
            number=None,
            url="",
            head_sha="",
        )
        mail.hints.extend(workflow.resume_rollback(rollback.pk, state))


def merged_before(rollback: Rollback, ports: Ports) -> str:
    """Close the pull request that this attempt replaces; its merge commit, if that was quicker."""
    if rollback.replaces is None:
        return ""
    view = look_if_there(rollback.replaces, ports)
    if view is not None and not view.merge_sha:
        close_once(rollback.attempt_id, rollback.replaces, ports, share=Share.ROLLBACK)
        view = look_if_there(rollback.replaces, ports)
    if view is None:
        return ""
    if view.merge_sha:
        note_found(rollback.attempt_ids[-2], "merge", view.merge_sha, ports)
        return view.merge_sha
    ours = published_head(rollback.attempt_ids[-2])
    if ours and ports.content().branch_sha(view.head_branch) == ours:
        delete_branch(view.head_branch, ours, ports, share=Share.ROLLBACK)
    return ""
