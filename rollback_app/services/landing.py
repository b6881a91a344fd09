"""The way back, second half: smoke checks, the merge, and the deploy of the revert."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import Conflict, Forbidden, PortError, Refused, Unavailable
from closedloop.ports.forge import Mergeable, PullView, RequiredCheck
from rollback_app import workflow
from rollback_app.models import Rollback
from rollback_app.services import live
from rollback_app.services.asking import ask_operator
from rollback_app.services.landing_ways import is_dropped, merge_or_queue, queueing
from rollback_app.services.rebuilding import is_base_to_blame, is_moved, rebuild
from rollback_app.states import ROLLBACK, RollbackEvent, RollbackState
from tasks_app.pipeline.ci import Green, Open, Red, read_checks
from tasks_app.pipeline.merge_gate import PASSING, Blocker, Record, blockers, look_again_at
from tasks_app.pipeline.steps import next_look
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.effects import note_found
from tasks_app.services.forge_acts import look
from tasks_app.services.handing import is_in_hand, waiting_note
from tasks_app.services.required import merge_rules, requirements
from tasks_app.services.troubles import forge_code, try_later, wait_and_hint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.wiring import Ports


def look_at_checks(rollback_id: UUID, ports: Ports) -> None:
    """Look once at the hotfix' smoke checks."""
    rollback = _claim(rollback_id, RollbackState.AWAITING_CHECKS, ports)
    if rollback is None or rollback.number is None:
        return
    try:
        view = look(rollback.number, ports)
        verdict = read_checks(view, _required(rollback, ports, max_age=timedelta(seconds=60)))
    except PortError as error:
        _later(rollback, error, ports)
        return
    if view.merge_sha:
        _merged(rollback, view.merge_sha, ports)
    elif view.state != "open" or view.head_sha != rollback.head_sha:
        ask_operator(rollback, "rollback_pull_changed", "a person closed or changed the pull request", ports)
    elif view.mergeable is Mergeable.NO:
        rebuild(rollback, "it conflicts with its base", ports)
    elif isinstance(verdict, Red):
        ask_operator(rollback, "rollback_ci_failed", "failed: " + ", ".join(verdict.failed), ports)
    elif isinstance(verdict, Green):
        _go_green(rollback, ports)
    else:
        _wait(rollback, _waiting_for(verdict), ports)


def _waiting_for(verdict: Open) -> str:
    return "waiting for " + ", ".join(verdict.waiting_for)


def _required(rollback: Rollback, ports: Ports, *, max_age: timedelta) -> tuple[RequiredCheck, ...]:
    """Smoke checks only, and whatever the forge itself would refuse to merge without."""
    lane = rollback.release.pull.lane
    found = requirements(lane.base_branch, ports, now=ports.clock(), max_age=max_age)
    enforced = found.checks if found.is_enforced else ()
    named = {check.name for check in enforced}
    smoke = tuple(RequiredCheck(name=name) for name in settings.SMOKE_CHECKS if name not in named)
    return (*enforced, *smoke)


def merge_revert(rollback_id: UUID, ports: Ports) -> None:
    """Ask the guards and merge the revert, pinned to the head we published."""
    rollback = _claim(rollback_id, RollbackState.MERGING, ports)
    if rollback is None or rollback.number is None:
        return
    try:
        view = look(rollback.number, ports)
        if view.merge_sha:
            note_found(rollback.attempt_id, "merge", view.merge_sha, ports)
            queueing(rollback).note_seen(ports)
            _merged(rollback, view.merge_sha, ports)
        elif is_in_hand(view, rollback.head_sha):
            queueing(rollback).note_seen(ports)
            _wait(rollback, waiting_note(view), ports)
        else:
            _go_on(rollback, view, ports)
    except (Refused, Conflict) as error:
        if is_base_to_blame(rollback, ports):
            rebuild(rollback, error.detail, ports)
        else:
            # What the guards saw has changed: they are asked again.
            _later(rollback, Unavailable(error.detail), ports)
    except PortError as error:
        _later(rollback, error, ports)


def _go_on(rollback: Rollback, view: PullView, ports: Ports) -> None:
    if is_dropped(rollback, ports):
        ask_operator(rollback, "rollback_blocked", "the merge queue gave it back unmerged", ports)
    elif found := _blockers(rollback, view, ports):
        _act_on(rollback, found, ports)
    else:
        _go_in(rollback, ports)


def _go_in(rollback: Rollback, ports: Ports) -> None:
    sha = merge_or_queue(rollback, ports)
    if sha is None:
        _wait(rollback, "put into the merge queue, before all others", ports)
    else:
        _merged(rollback, sha, ports)


def _blockers(rollback: Rollback, view: PullView, ports: Ports) -> list[Blocker]:
    lane = rollback.release.pull.lane
    record = Record(
        base_branch=lane.base_branch,
        head_sha=rollback.head_sha,
        allowed_paths=frozenset({lane.path}),
        required=_required(rollback, ports, max_age=timedelta(0)),
        is_protection_known=True,  # what the forge enforces on top it will say by refusing
        freeze_reason="",
        is_for_queue=merge_rules(lane.base_branch, ports, now=ports.clock()).queue is not None,
    )
    return blockers(view, ports.pulls().changed_files(view.number), record)


def _act_on(rollback: Rollback, found: list[Blocker], ports: Ports) -> None:
    note = "; ".join(f"{blocker.kind}: {blocker.detail}" for blocker in found)
    if all(blocker.kind in PASSING for blocker in found):
        _wait(rollback, note, ports, until=look_again_at(found, rollback.entered_at, ports.clock()))
    elif is_moved(found):
        rebuild(rollback, note, ports)
    else:
        ask_operator(rollback, "rollback_blocked", note, ports)


def watch_revert(rollback_id: UUID, ports: Ports) -> None:
    """Look once whether the revert is live."""
    rollback = _claim(rollback_id, RollbackState.DEPLOYING, ports)
    if rollback is None:
        return
    try:
        seen = live.look(rollback.merge_sha, ports)
    except PortError as error:
        seen = live.Seen(is_live=False, version="", note=error.detail)
    if not seen.is_live:
        _wait(rollback, seen.note, ports)
        return
    with commit_step("revert_live", ports):
        now = ports.clock()
        _enter(rollback, RollbackEvent.GO_LIVE, ports, live_at=now, first_round=rollback.round + 1)


def _claim(rollback_id: UUID, state: RollbackState, ports: Ports) -> Rollback | None:
    return try_claim(Rollback, rollback_id, state, ports=ports, lease=settings.LEASE)


def _enter(rollback: Rollback, event: RollbackEvent, ports: Ports, **columns: object) -> None:
    now = ports.clock()
    state = ROLLBACK.target(RollbackState(rollback.state), event).value
    finish(rollback, now=now, state=state, next_look_at=now, note="", **columns)


def _go_green(rollback: Rollback, ports: Ports) -> None:
    with commit_step("revert_green", ports):
        _enter(rollback, RollbackEvent.GO_GREEN, ports)


def _merged(rollback: Rollback, merge_sha: str, ports: Ports) -> None:
    with commit_step("revert_merged", ports):
        _enter(rollback, RollbackEvent.MERGE, ports, merge_sha=merge_sha, merged_at=ports.clock())


def _wait(rollback: Rollback, note: str, ports: Ports, *, until: datetime | None = None) -> None:
    now = ports.clock()
    if rollback.deadline_at and now >= rollback.deadline_at:
        ask_operator(rollback, "rollback_timeout", note, ports)
        return
    resume = partial(workflow.resume_rollback, rollback.pk, RollbackState(rollback.state))
    with commit_step("rollback_waits", ports) as mail:
        until = until or next_look(rollback.entered_at, now)
        wait_and_hint(rollback, until, resume, ports, mail, attempts=0, note=note)


def _later(rollback: Rollback, error: PortError, ports: Ports) -> None:
    resume = partial(workflow.resume_rollback, rollback.pk, RollbackState(rollback.state))
    if try_later(rollback, error, resume, ports) is not None:
        may_not_merge = rollback.state == RollbackState.MERGING and isinstance(error, Forbidden)
        code = "merge_forbidden" if may_not_merge else forge_code(error)
        ask_operator(rollback, code, error.detail, ports)
