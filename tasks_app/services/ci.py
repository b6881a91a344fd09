"""Looking at CI: one look, one decision, then on or back to waiting."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import PortError
from closedloop.ports.forge import Mergeable, PullView
from tasks_app import workflow
from tasks_app.models import PullRequest
from tasks_app.pipeline.ci import Green, Open, Red, counted, read_checks
from tasks_app.pipeline.flake import HoldOn, RunAgain
from tasks_app.pipeline.states import Event, PullEvent, PullState
from tasks_app.services import learning
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.flakes import chance_of, run_again
from tasks_app.services.forge_acts import look
from tasks_app.services.landed import note_own_commits
from tasks_app.services.pulls import (
    Abandonment,
    Fate,
    abandon,
    aboard,
    merged,
    state_of,
    unmerged_base,
    unwanted,
)
from tasks_app.services.red_base import blamed
from tasks_app.services.required import required_of, requirements
from tasks_app.services.transition import Happening, move_tasks
from tasks_app.services.troubles import forge_code, try_later, wait_and_hint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from closedloop.ports.checks import Check, RequiredCheck
    from closedloop.wiring import Ports


def look_at_ci(pull_id: UUID, ports: Ports) -> None:
    """Look once at the pull request's checks and act on what is seen."""
    pull = try_claim(PullRequest, pull_id, PullState.AWAITING_CI, ports=ports, lease=settings.LEASE)
    if pull is None:
        return
    try:
        view = look(_number(pull), ports)
        required = required_of(requirements(pull.lane.base_branch, ports, now=ports.clock()))
        if view.merge_sha:
            note_own_commits(pull, view.merge_sha, ports)
    except PortError as error:
        _settle_error(pull, error, ports)
        return
    if view.merge_sha:
        merged(pull, view.merge_sha, merged_at=view.merged_at or ports.clock(), ports=ports)
    elif why := _reason_to_stop(pull, view):
        abandon(pull, why, ports)
    else:
        _act_on(pull, view, required, ports)


def _number(pull: PullRequest) -> int:
    assert pull.number is not None, "a published pull request has a number"  # noqa: S101 - held by the state
    return pull.number


def _reason_to_stop(pull: PullRequest, view: PullView) -> Abandonment | None:
    if view.state != "open":
        detail = "a person closed the pull request"
        return Abandonment(code="pull_closed", detail=detail, fate=Fate.FAIL, closes=False)
    if view.head_sha != pull.head_sha:
        detail = f"somebody pushed {view.head_sha[:12]} to our branch; the pull request is left for people"
        return Abandonment(code="head_moved", detail=detail, fate=Fate.FAIL, closes=False)
    if why := unwanted(pull, aboard(pull)):
        return why
    if view.mergeable is Mergeable.NO:
        detail = "the base changed under it; the operation is applied again"
        return Abandonment(code="conflict", detail=detail, fate=Fate.REBOARD, closes=True)
    return None


def _act_on(pull: PullRequest, view: PullView, required: Sequence[RequiredCheck], ports: Ports) -> None:
    match read_checks(view, required):
        case Green():
            _go_green(pull, counted(view, required), ports)
        case Red(failed=failed):
            _act_on_red(pull, view, required, ports, failed=failed)
        case Open(waiting_for=names):
            _wait(pull, names, ports)


def _act_on_red(
    pull: PullRequest,
    view: PullView,
    required: Sequence[RequiredCheck],
    ports: Ports,
    *,
    failed: Sequence[str],
) -> None:
    now = ports.clock()
    if below := unmerged_base(pull):
        # That one may be what is red: whoever is aboard here is judged once it has ended.
        _keep_waiting(pull, (below,), ports, deadline_at=now + settings.CI_TIMEOUT)
        return
    # What is red when its time is over is red, not late.
    is_late = pull.deadline_at is not None and now >= pull.deadline_at
    chance = None if is_late else chance_of(pull, view, required, now=now)
    try:
        again = run_again(pull, chance, view, required, ports) if isinstance(chance, RunAgain) else chance
        answer = again or blamed(pull, view, failed, ports, is_late=is_late)
    except PortError as error:
        _settle_error(pull, error, ports)
        return
    match answer:
        case Abandonment():
            abandon(pull, answer, ports)
        case HoldOn(waiting_for=names):
            _wait(pull, names, ports)
        case _:
            _keep_waiting(pull, failed, ports, **answer)


def _go_green(pull: PullRequest, checks: Sequence[Check], ports: Ports) -> None:
    with commit_step("go_green", ports):
        now = ports.clock()
        learning.learn_ci(pull, checks, now=now)
        finish(
            pull,
            now=now,
            state=state_of(pull, PullEvent.GO_GREEN),
            green_at=now,
            next_look_at=now,
            deadline_at=now + settings.CI_TIMEOUT,
            note="",
        )
        move_tasks(aboard(pull), Happening(event=Event.GO_GREEN, actor=ports.worker), now=now)


def _wait(pull: PullRequest, names: Sequence[str], ports: Ports) -> None:
    if pull.deadline_at and ports.clock() >= pull.deadline_at:
        detail = f"{_waiting_for(names)} for too long; the pull request is left for people"
        abandon(pull, Abandonment(code="ci_timeout", detail=detail, fate=Fate.FAIL, closes=False), ports)
    else:
        _keep_waiting(pull, names, ports)


def _waiting_for(names: Sequence[str]) -> str:
    return "waiting for " + ", ".join(names)


def _keep_waiting(pull: PullRequest, names: Sequence[str], ports: Ports, **columns: object) -> None:
    now, note = ports.clock(), _waiting_for(names)
    PullRequest.objects.filter(pk=pull.pk, fence=pull.fence).exclude(note=note).update(note=note)
    with commit_step("wait_for_ci", ports) as mail:
        # A look that found nothing is no failed attempt.
        until = learning.next_ci_look(pull, names, now=now)
        wait_and_hint(
            pull,
            until,
            partial(workflow.resume_pull, pull.pk, PullState.AWAITING_CI),
            ports,
            mail,
            attempts=0,
            **columns,
        )


def _settle_error(pull: PullRequest, error: PortError, ports: Ports) -> None:
    if (
        try_later(pull, error, partial(workflow.resume_pull, pull.pk, PullState.AWAITING_CI), ports)
        is not None
    ):
        why = Abandonment(code=forge_code(error), detail=error.detail, fate=Fate.ASK, closes=False)
        abandon(pull, why, ports)
