"""Merging under guards."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from closedloop.ports.errors import Conflict, Forbidden, PortError, Refused, Unavailable
from tasks_app import workflow
from tasks_app.models import Effect, PullRequest
from tasks_app.pipeline.merge_gate import (
    HELD_UP,
    PASSING,
    Blocker,
    BlockerKind,
    Record,
    blockers,
    look_again_at,
)
from tasks_app.pipeline.states import PullState
from tasks_app.pipeline.steps import next_look
from tasks_app.services import moved_base
from tasks_app.services.base_page import outdated
from tasks_app.services.commit import LostClaim, commit_step, try_claim
from tasks_app.services.effects import note_found
from tasks_app.services.forge_acts import look
from tasks_app.services.handing import is_in_hand, waiting_note
from tasks_app.services.landed import note_own_commits
from tasks_app.services.merging_ways import (
    Handed,
    came_back,
    go_in,
    is_for_queue,
    is_settling,
    note_seen,
)
from tasks_app.services.pulls import Abandonment, Fate, abandon, aboard, merged, red, unmerged_base, unwanted
from tasks_app.services.required import forget, required_of, requirements
from tasks_app.services.stable_tag import tag_stable
from tasks_app.services.troubles import SETTLING, forge_code, try_later, wait_and_hint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports
    from tasks_app.models import Task

#: What becomes of the tasks for each blocker that ends the pull request; the rest fail.
_FATES = {
    BlockerKind.CONFLICT: Fate.REBOARD,
    BlockerKind.NOTHING_CHANGED: Fate.REBOARD,
    BlockerKind.PROTECTION_UNREADABLE: Fate.ASK,
}

log = structlog.get_logger(__name__)

#: Codes of failures that have a name of their own; the rest are `merge_refused`.
_CODES = {
    BlockerKind.CONFLICT: "conflict",
    BlockerKind.HEAD_MOVED: "head_moved",
    BlockerKind.NOT_OPEN: "pull_closed",
    BlockerKind.PROTECTION_UNREADABLE: "protection_unreadable",
}


def merge(pull_id: UUID, ports: Ports) -> None:
    """Ask every guard anew and merge when none objects.

    The merge is conditional on the head sha that was recorded when it was published and on which
    the required checks were seen green just now.
    """
    pull = try_claim(PullRequest, pull_id, PullState.MERGING, ports=ports, lease=settings.LEASE)
    if pull is None or pull.number is None:
        return
    try:
        view, tasks = look(pull.number, ports), aboard(pull)
        if view.merge_sha:
            note_found(pull.pk, "merge", view.merge_sha, ports)
            note_seen(pull, view, ports)
            _land(pull, view.merge_sha, view.merged_at or ports.clock(), ports)
        elif why := unwanted(pull, tasks):
            _refuse_while_merging(pull, ports)
            abandon(pull, why, ports)
        elif is_in_hand(view, pull.head_sha):
            note_seen(pull, view, ports)
            _wait_in_time(pull, waiting_note(view), ports)
        elif is_settling(pull, ports):
            _wait_in_time(pull, "left to the forge, which does not show it yet", ports)
        else:
            _go_on(pull, view, tasks, ports)
    except LostClaim:
        log.info("claim_lost", step="merge")
    except PortError as error:
        _settle_error(pull, error, ports)


def _go_on(pull: PullRequest, view: PullView, tasks: list[Task], ports: Ports) -> None:
    if why := came_back(pull, view, ports):
        abandon(pull, why, ports)
    elif found := _blockers(pull, view, ports):
        _act_on(pull, found, ports)
    elif why := outdated(pull, tasks, ports):
        abandon(pull, why, ports)
    else:
        _go_in(pull, tasks, ports)


def _go_in(pull: PullRequest, tasks: list[Task], ports: Ports) -> None:
    tag_stable(pull, ports)
    match go_in(pull, tasks, ports):
        case Abandonment() as why:
            abandon(pull, why, ports)
        case Handed(note=note):
            # The forge's own checks take as long as those before them.
            _wait(pull, note, ports, deadline_at=ports.clock() + settings.CI_TIMEOUT)
        case sha:
            _land(pull, sha, ports.clock(), ports, is_ours=True)


def _land(
    pull: PullRequest, merge_sha: str, merged_at: datetime, ports: Ports, *, is_ours: bool = False
) -> None:
    note_own_commits(pull, merge_sha, ports, is_ours=is_ours)
    merged(pull, merge_sha, merged_at=merged_at, ports=ports)


def _refuse_while_merging(pull: PullRequest, ports: Ports) -> None:
    """A merge whose answer was lost may come yet: whoever is aboard is not called cancelled before that."""
    lately = Effect.objects.filter(subject_id=pull.pk, kind="merge", tried_at__gt=ports.clock() - SETTLING)
    if lately.exclude(status=Effect.Status.DONE).exists():
        raise Unavailable("it was asked to be merged a moment ago, and is not shown as merged yet")


def _blockers(pull: PullRequest, view: PullView, ports: Ports) -> list[Blocker]:
    files = ports.pulls().changed_files(view.number)
    found = requirements(pull.lane.base_branch, ports, now=ports.clock(), max_age=timedelta(0))
    record = Record(
        base_branch=pull.lane.base_branch,
        head_sha=pull.head_sha,
        allowed_paths=frozenset({pull.lane.path}),
        required=required_of(found),
        is_protection_known=found.is_readable or bool(settings.REQUIRED_CHECKS),
        freeze_reason=pull.lane.freeze_reason if pull.lane.frozen_at else "",
        waits_for=unmerged_base(pull),
        is_for_queue=is_for_queue(pull, ports),
    )
    return blockers(view, files, record)


def _act_on(pull: PullRequest, found: list[Blocker], ports: Ports) -> None:
    note = "; ".join(f"{blocker.kind}: {blocker.detail}" for blocker in found)
    ending = [blocker for blocker in found if blocker.kind not in PASSING]
    is_red = bool(ending) and ending[0].kind is BlockerKind.CI_RED
    if all(blocker.kind in HELD_UP for blocker in found) or (is_red and unmerged_base(pull)):
        # Held up by a rollback, or by the one before it, which may be what is red: as long as it takes.
        _wait(pull, note, ports, deadline_at=ports.clock() + settings.CI_TIMEOUT)
        return
    if is_red:
        why = red(pull, note)
    elif ending and ending[0].kind is BlockerKind.BEHIND:
        why = moved_base.behind(pull, note)
    elif ending:
        fate = _FATES.get(ending[0].kind, Fate.FAIL)
        code = _CODES.get(ending[0].kind, "merge_refused")
        why = Abandonment(code=code, detail=note, fate=fate, closes=fate is Fate.REBOARD)
    else:
        _wait_in_time(pull, note, ports, until=look_again_at(found, pull.entered_at, ports.clock()))
        return
    abandon(pull, why, ports)


def _wait_in_time(pull: PullRequest, note: str, ports: Ports, *, until: datetime | None = None) -> None:
    if pull.deadline_at and ports.clock() >= pull.deadline_at:
        why = Abandonment(code="merge_timeout", detail=note, fate=Fate.ASK, closes=False)
        abandon(pull, why, ports)
    else:
        _wait(pull, note, ports, until=until)


def _wait(
    pull: PullRequest, note: str, ports: Ports, *, until: datetime | None = None, **columns: object
) -> None:
    resume = partial(workflow.resume_pull, pull.pk, PullState.MERGING)
    with commit_step("wait_for_gate", ports) as mail:
        until = until or next_look(pull.entered_at, ports.clock())
        wait_and_hint(pull, until, resume, ports, mail, attempts=0, note=note, **columns)


def _settle_error(pull: PullRequest, error: PortError, ports: Ports) -> None:
    # 405 and 409 say that what the guards saw has changed: they are asked again, not believed.
    passing = isinstance(error, Refused | Conflict)
    if passing and moved_base.is_to_blame(pull, pull.lane.base_branch, ports):
        abandon(pull, moved_base.behind(pull, error.detail), ports)
        return
    if isinstance(error, Refused):
        # What we know of the branch's rules may be older than they are.
        forget()
    resume = partial(workflow.resume_pull, pull.pk, PullState.MERGING)
    if try_later(pull, Unavailable(error.detail) if passing else error, resume, ports) is not None:
        abandon(pull, _given_up(error), ports)


def _given_up(error: PortError) -> Abandonment:
    code, fate = forge_code(error), Fate.ASK
    if isinstance(error, Forbidden):
        code, fate = "merge_forbidden", Fate.FAIL
    elif isinstance(error, Refused | Conflict):
        code = "merge_refused"
    return Abandonment(code=code, detail=error.detail, fate=fate, closes=False)
