"""Running a red head again, once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from closedloop.ports.checks import CheckOutcome
from closedloop.ports.errors import Conflict, Forbidden, NotFound, Refused
from tasks_app.models import PullRequest
from tasks_app.pipeline.ci import counted
from tasks_app.pipeline.flake import (
    BELIEVED_AFTER,
    HoldOn,
    Retried,
    RunAgain,
    is_believed,
    is_repeated,
    mark,
    second_chance,
)
from tasks_app.services.effects import EffectOrder, perform
from tasks_app.services.forge_acts import look
from tasks_app.services.learning import ci_allowance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from closedloop.ports.checks import Check, RequiredCheck
    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

#: Second runs of so long ago tell nothing about CI as it is.
_LATELY = timedelta(hours=1)


def chance_of(
    pull: PullRequest, view: PullView, required: Sequence[RequiredCheck], *, now: datetime
) -> RunAgain | HoldOn | None:
    """Whether its red checks are run again, are being run again, or count (None)."""
    failed = [check for check in counted(view, required) if check.outcome is CheckOutcome.FAILURE]
    retried = Retried(at=pull.retried_at, red_mark=pull.retried_mark) if pull.retried_at else None
    believed = is_believed(_lately(pull, now))
    return second_chance(failed, view.checks, retried, believed=believed, now=now)


def run_again(
    pull: PullRequest, again: RunAgain, view: PullView, required: Sequence[RequiredCheck], ports: Ports
) -> dict[str, object] | None:
    """Ask the forge for it; the columns to remember that by, None when it will not.

    Raises the PortErrors that pass by themselves.
    """
    failed = [check for check in counted(view, required) if check.outcome is CheckOutcome.FAILURE]
    red_mark = mark(failed)
    try:
        for run in again.runs:
            perform(_order(pull, run, failed, ports), ports)
    except (Forbidden, Refused, Conflict, NotFound) as error:
        # A token that may not, or a run too old: then the first run counts.
        log.info("not_run_again", pull=str(pull), error=error.detail)
        return None
    now = ports.clock()
    # A second run has as much time as the first one had.
    again_until = now + ci_allowance(pull.lane.repo, now=now)
    pull.retried_at = now  # from here on it is counted when to look next
    return {"retried_at": now, "retried_mark": red_mark, "deadline_at": again_until}


def _order(pull: PullRequest, run: int, failed: Sequence[Check], ports: Ports) -> EffectOrder:
    red = [check for check in failed if check.run_id == run]

    def look_up() -> str | None:
        checks = [check for check in look(pull.number or 0, ports).checks if check.run_id == run]
        return "seen" if is_repeated(red, checks) else None

    def act() -> str:
        ports.writer().rerun_failed(run)
        return "asked"

    name = f"{run}@{pull.head_sha}"
    return EffectOrder(subject_id=pull.pk, kind=f"rerun_{run}", name=name, look_up=look_up, act=act)


def _lately(pull: PullRequest, now: datetime) -> list[bool]:
    """Of the last second runs in this lane that are over, newest first, whether they turned green."""
    over = PullRequest.objects.filter(lane=pull.lane_id, retried_at__gt=now - _LATELY).exclude(pk=pull.pk)
    ends = over.order_by("-retried_at").values_list("green_at", "code")
    known = [green_at is not None for green_at, code in ends if green_at or code == "ci_failed"]
    return known[:BELIEVED_AFTER]
