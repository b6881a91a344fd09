"""The sweep of this context: releases, rollbacks and their probes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q

from closedloop.ports.courier import Hint
from rollback_app import selectors, workflow
from rollback_app.models import Release, Rollback
from rollback_app.services.expiry import expire
from rollback_app.states import ReleaseState, RollbackState
from tasks_app.services.bulkhead import run_each
from tasks_app.services.commit import wake
from tasks_app.services.glance import kinds_due
from tasks_app.services.sweep import RESEND_AFTER, release_lease, take_due, try_lease

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: A merge without a release gets one; a settled release is watched once more.
_TAKE_UP = ("rollback.take_release", "rollback.retry_release")


def sweep(ports: Ports) -> int:
    """One pass over everything that is due; returns how many rows were taken up."""
    if not try_lease("rollback", ports):
        return 0
    try:
        return run_each(partial(part, ports) for part in (expire, _resend))
    finally:
        release_lease("rollback", ports)


def wake_all(ports: Ports) -> None:
    """Somebody pushed, checked or deployed: look at whatever waits for the forge or the live version."""
    now = ports.clock()
    hints: list[Hint] = []
    releases = Release.objects.filter(state=ReleaseState.DEPLOYING)
    rollbacks = Rollback.objects.filter(state__in=[RollbackState.AWAITING_CHECKS, RollbackState.DEPLOYING])
    wake(releases, now=now)
    wake(rollbacks, now=now)
    for release in releases:
        hints.extend(workflow.resume_release(release.pk, ReleaseState(release.state)))
    for rollback in rollbacks:
        hints.extend(workflow.resume_rollback(rollback.pk, RollbackState(rollback.state)))
    if hints:
        ports.courier.send(hints)


def _resend(ports: Ports) -> int:
    now = ports.clock()
    due = kinds_due("next_look_at", (Release, Rollback), now=now)
    releases = take_due(Release, Q(), now=now) if Release in due else []
    rollbacks = take_due(Rollback, Q(), now=now) if Rollback in due else []
    hints = [h for row in releases for h in workflow.resume_release(row.pk, ReleaseState(row.state))]
    hints += [h for row in rollbacks for h in workflow.resume_rollback(row.pk, RollbackState(row.state))]
    stranded = selectors.stranded_merges(since=now - RESEND_AFTER)
    hints += [Hint(jobs=_TAKE_UP, row_id=str(pull_id)) for pull_id in stranded]
    if hints:
        ports.courier.send(hints)
    return len(releases) + len(rollbacks) + len(stranded)
