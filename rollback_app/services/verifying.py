"""Verifying a live release: rounds of probes until it is healthy, or must be taken back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import PortError
from rollback_app import selectors, workflow
from rollback_app.models import Release
from rollback_app.policy import Healthy, LookAgain, Unhealthy, judge_rounds
from rollback_app.probes import Published, release_round
from rollback_app.services import live, probing
from rollback_app.services.starting import RollbackOrder, start_rollback
from rollback_app.states import RELEASE, ReleaseEvent, ReleaseState
from tasks_app.pipeline import faq
from tasks_app.pipeline.states import Event, State
from tasks_app.services import learning
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.errors import ServiceError
from tasks_app.services.transition import Happening, move_tasks
from tasks_app.services.troubles import wait_and_hint

if TYPE_CHECKING:
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.models import Task


def verify(release_id: UUID, ports: Ports) -> None:
    """Go on with the verification from what the rows say.

    The body of every round's chord, and what the sweep calls when a chord was lost: it starts the
    first round, repeats a round's open probes, judges a finished round, or starts the next one.
    """
    release = try_claim(Release, release_id, ReleaseState.VERIFYING, ports=ports, lease=settings.LEASE)
    if release is None:
        return
    if probing.is_to_begin(release):
        _start_round(release, ports)
    elif selectors.open_probes(release.pk, release.round).exists():
        _await_probes(release, ports)
    else:
        _judge(release, ports)


def _start_round(release: Release, ports: Ports) -> None:
    number = release.round + 1
    with commit_step("start_round", ports) as mail:
        probing.create_round(
            release.pk, number, release_round(probing.places(), release.sha, _published(release)), ports
        )
        until = ports.clock() + probing.PATIENCE
        finish(release, now=ports.clock(), next_look_at=until, round=number, attempts=0)
        mail.hints.extend(probing.fan_out(release.pk, number, "rollback.verify"))


def _published(release: Release) -> list[Published]:
    tasks = selectors.tasks_in(release, State.VERIFYING)
    return [
        Published(task_id=str(t.pk), question=faq.visible_text(t.question), answer=faq.visible_text(t.answer))
        for t in tasks
    ]


def _await_probes(release: Release, ports: Ports) -> None:
    with commit_step("await_probes", ports) as mail:
        until, again = probing.await_round(release.pk, release.round, "rollback.verify", now=ports.clock())
        finish(release, now=ports.clock(), next_look_at=until, attempts=0)
        mail.hints.extend(again)


def _judge(release: Release, ports: Ports) -> None:
    now = ports.clock()
    is_late = release.deadline_at is not None and now >= release.deadline_at
    verdict = judge_rounds(probing.finished_rounds(release), is_late=is_late)
    if not isinstance(verdict, Healthy) and (below := selectors.suspect_below(release)):
        _judge_after(below, release, ports)
        return
    match verdict:
        case Healthy():
            _verified(release, ports)
        case LookAgain(reasons=reasons):
            _look_again(release, "; ".join(reasons), ports)
        case Unhealthy(reasons=reasons):
            _take_back(release, "; ".join(reasons), ports)


def _verified(release: Release, ports: Ports) -> None:
    with commit_step("verified", ports):
        now = ports.clock()
        state = RELEASE.target(ReleaseState.VERIFYING, ReleaseEvent.VERIFY).value
        learning.learn_stay(State.VERIFYING, release.entered_at, now=now)
        finish(release, now=now, state=state, verified_at=now, deadline_at=None, note="")
        happening = Happening(event=Event.VERIFY, actor=ports.worker)
        move_tasks(selectors.tasks_in(release, State.VERIFYING), happening, now=now)


def _look_again(release: Release, note: str, ports: Ports) -> None:
    """Start the next round once the pause since the last one is over."""
    now = ports.clock()
    last = selectors.last_reading_at(release.pk) or now
    if now - last >= settings.PROBE_PAUSE:
        _start_round(release, ports)
        return
    resume = partial(workflow.resume_release, release.pk, ReleaseState.VERIFYING)
    with commit_step("pause_between_rounds", ports) as mail:
        wait_and_hint(release, last + settings.PROBE_PAUSE, resume, ports, mail, attempts=0, note=note)


def _judge_after(below: Release, release: Release, ports: Ports) -> None:
    """What is wrong may be what it stands on: what was read until that is gone speaks against nobody."""
    now = ports.clock()
    resume = partial(workflow.resume_release, release.pk, ReleaseState.VERIFYING)
    with commit_step("pause_between_rounds", ports) as mail:
        columns: dict[str, object] = {
            "first_round": release.round + 1,
            "deadline_at": now + settings.VERIFY_TIMEOUT,
            "note": f"judged once {below.sha[:12]}, merged before it, is verified or taken back",
        }
        wait_and_hint(release, now + settings.PROBE_PAUSE, resume, ports, mail, attempts=0, **columns)


def _take_back(release: Release, reason: str, ports: Ports) -> None:
    if _has_left_production(release, ports):
        _ask(release, "not_live_any_more", f"{reason}; but this merge is not live any more", ports)
        return
    order = RollbackOrder(
        task_ids=tuple(task.pk for task in _unsettled(release)),
        reason=f"verification failed: {reason}",
        actor="policy",
        is_automatic=True,
        detected_at=selectors.first_bad_reading_at(release) or ports.clock(),
    )
    try:
        start_rollback(release, order, ports)
    except ServiceError as error:
        _ask(release, error.code, f"{reason}; {error.detail}", ports)


def _unsettled(release: Release) -> list[Task]:
    """Tasks whose outcome hangs on this verification, one that was retried meanwhile included."""
    return selectors.tasks_in(release, State.DEPLOYING, State.VERIFYING)


def _has_left_production(release: Release, ports: Ports) -> bool:
    """Whether people put another version live; a site or forge that is silent says nothing about that."""
    try:
        seen = live.look(release.sha, ports)
    except PortError:
        return False
    return seen.is_known and not seen.is_live


def _ask(release: Release, code: str, detail: str, ports: Ports) -> None:
    with commit_step("verification_asks", ports):
        now = ports.clock()
        state = RELEASE.target(ReleaseState.VERIFYING, ReleaseEvent.FAIL).value
        finish(release, now=now, state=state, code=code, note=detail, deadline_at=None)
        happening = Happening(event=Event.NEED_OPERATOR, actor="policy", code=code, detail=detail)
        move_tasks(_unsettled(release), happening, now=now)
