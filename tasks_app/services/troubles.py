"""What to do when the outside world fails a step: again later, or give up by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from closedloop.ports.errors import (
    BadReply,
    Conflict,
    Forbidden,
    NotFound,
    PortError,
    Refused,
    Unauthorized,
    Unavailable,
)
from closedloop.retry import GiveUp, RetryPolicy, decide_retry
from tasks_app.services.budget import Paused
from tasks_app.services.commit import Mail, commit_step, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports
    from tasks_app.models import Claimable

log = structlog.get_logger(__name__)

#: The forge and the live site may be away for minutes: many attempts, the deadline decides.
PATIENT = RetryPolicy(attempts=40)

#: Longest wait that a message may carry; longer ones are rows found by the sweep.
_LONGEST_HINT_S = 2.0

#: No step that may pause needs more.
_LEFT_AFTER_PAUSE = timedelta(hours=1)

#: So many odd answers in a row may be a bad moment of a proxy; then somebody has to look.
_ODD_ANSWERS = 4

#: How long the forge may take to show everywhere what it has created.
SETTLING = timedelta(minutes=1)

#: What an operator reads when the forge says no.
FORGE_CODES: dict[type[PortError], str] = {
    Unauthorized: "forge_unauthorized",
    Forbidden: "forge_forbidden",
    Refused: "forge_refused",
    Conflict: "forge_conflict",
    BadReply: "forge_bad_reply",
}


def forge_code(error: PortError) -> str:
    """The code of a failure at the forge."""
    return FORGE_CODES.get(type(error), f"forge_{error.code}")


def try_later(
    row: Claimable, error: PortError, resume: Callable[[float], list[Hint]], ports: Ports
) -> GiveUp | None:
    """Give the row back for another attempt; the reason for giving up when there is none left.

    `resume` builds the hints for a delay in seconds.
    """
    now = ports.clock()
    if isinstance(error, Paused):
        _pause(row, error, resume, ports)
        return None
    decision = decide_retry(_in_its_time(row, error, now), attempt=row.attempts, policy=PATIENT, now=now)
    log.warning("port_failed", kind=error.code, detail=error.detail, attempt=row.attempts, row=str(row.pk))
    if isinstance(decision, GiveUp):
        return decision
    with commit_step("try_later", ports) as mail:
        wait_and_hint(row, decision.at, resume, ports, mail, **_more_time(row, error, decision.at, now))
    return None


def _pause(row: Claimable, error: Paused, resume: Callable[[float], list[Hint]], ports: Ports) -> None:
    """Wait for our own budget: nothing was tried, so that this was no attempt."""
    log.info("writes_paused", detail=error.detail, until=error.until.isoformat(), row=str(row.pk))
    with commit_step("pause", ports) as mail:
        columns: dict[str, object] = {**_more_time(row, error, error.until, ports.clock())}
        if hasattr(row, "note"):  # rows with a page of their own say there what they wait for
            columns["note"] = error.detail
        wait_and_hint(row, error.until, resume, ports, mail, attempts=max(row.attempts - 1, 0), **columns)


def _more_time(row: Claimable, error: PortError, until: datetime, now: datetime) -> dict[str, datetime]:
    """Time in which the other side could not be asked does not count against the deadline: attempts do."""
    return put_off(row, until, now) if error.is_transient else {}


def put_off(row: Claimable, until: datetime, now: datetime) -> dict[str, datetime]:
    """The deadline that leaves as much time after a pause as there is now, at most `_LEFT_AFTER_PAUSE`.

    Wake-ups repeat a look in the middle of the pause. Each would add the rest of it anew, without end.
    """
    if row.deadline_at is None:
        return {}
    left = min(row.deadline_at - now, _LEFT_AFTER_PAUSE)
    return {"deadline_at": max(row.deadline_at, until + left)}


def _in_its_time(row: Claimable, error: PortError, now: datetime) -> PortError:
    """What may pass by itself is tried again before a person is asked.

    What was created a moment ago may not be found, or be refused as unknown. A proxy, or a forge in trouble,
    answers oddly, knows no token for a moment, or lets nobody in.
    """
    is_young = now - row.entered_at < SETTLING and isinstance(error, NotFound | Refused)
    is_odd = row.attempts <= _ODD_ANSWERS and isinstance(error, BadReply | Unauthorized | Forbidden)
    return Unavailable(error.detail) if is_young or is_odd else error


def wait_and_hint(
    row: Claimable,
    until: datetime,
    resume: Callable[[float], list[Hint]],
    ports: Ports,
    mail: Mail,
    **columns: object,
) -> None:
    """Give the row back until a time, with a message of its own when that is soon."""
    now = ports.clock()
    if wait(row, until=until, ports=ports, **columns):
        mail.hints.extend(resume(0.0))
    elif (delay_s := (until - now).total_seconds()) <= _LONGEST_HINT_S:
        mail.hints.extend(resume(max(delay_s, 0.0)))
