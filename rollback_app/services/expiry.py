"""Giving up on releases and rollbacks whose own step did not keep their deadline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rollback_app.models import Release, Rollback
from rollback_app.services.asking import ask_operator
from rollback_app.services.releases import fail
from rollback_app.states import RELEASE, ROLLBACK, ReleaseEvent, ReleaseState, RollbackEvent
from tasks_app.pipeline.states import State
from tasks_app.pipeline.steps import DEADLINE_CODES, OVERDUE
from tasks_app.services.bulkhead import run_each
from tasks_app.services.glance import kinds_due

if TYPE_CHECKING:
    from closedloop.wiring import Ports


def expire(ports: Ports) -> int:
    """The step is lost, or fails in a way that nobody foresaw; returns how many rows were given up."""
    late = ports.clock() - OVERDUE
    if not kinds_due("deadline_at", (Release, Rollback), now=late):
        return 0
    releases = Release.objects.filter(deadline_at__lte=late, state__in=RELEASE.sources(ReleaseEvent.FAIL))
    working = ROLLBACK.sources(RollbackEvent.NEED_OPERATOR)
    overdue = Rollback.objects.filter(deadline_at__lte=late, state__in=working)
    gone = [partial(_expire_release, release, ports) for release in releases]
    return run_each([*gone, *(partial(_expire_rollback, rollback, ports) for rollback in overdue)])


def _expire_release(release: Release, ports: Ports) -> int:
    state = ReleaseState(release.state)
    fail(release, DEADLINE_CODES[State(state)], f"nothing came of {state} in time", ports)
    return 1


def _expire_rollback(rollback: Rollback, ports: Ports) -> int:
    ask_operator(rollback, "rollback_timeout", f"nothing came of {rollback.state} in time", ports)
    return 1
