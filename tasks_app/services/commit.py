"""Claim a row, work, finish it: the three moves every step is made of.

1. `try_claim` raises the row's fence by compare-and-swap; 0 rows means another worker got there first.
2. The work runs outside any transaction.
3. `commit_step` opens the one transaction that writes the outcome: the shared row first, then its tasks,
   then the lane, so that nobody waits in a circle. Inside it `finish` proves that the fence is still ours.
   A newer holder means that our outcome is not wanted: everything is undone, quietly.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Case, DateTimeField, F, IntegerField, Q, Value, When

from closedloop.ports.courier import FanOut, Hint
from tasks_app.models import Claimable, OutboxJob
from tasks_app.services.errors import NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from enum import StrEnum
    from uuid import UUID

    from django.db.models import QuerySet

    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

R = TypeVar("R", bound=Claimable)


class LostClaim(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Another worker holds the row now; this one's outcome is dropped."""


def try_claim(row: type[R], pk: object, state: StrEnum, *, ports: Ports, lease: timedelta) -> R | None:
    """Claim the row while it is in `state`, free and due; None when it is not.

    A hint that comes before the row wants to be looked at is dropped: so there is one look per due
    time, however many messages there are.
    """
    now = ports.clock()
    until = now + lease
    won = (
        row._default_manager.filter(row.workable(), pk=pk, state=state.value, next_look_at__lte=now)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        .update(
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_owner=ports.worker,
            lease_until=until,
            next_look_at=until,
            hinted_at=None,
            woken_at=None,
            updated_at=now,
        )
    )
    if won:
        # An operator or a deadline may have been quicker between the two statements: then there is none.
        return row._default_manager.filter(pk=pk, state=state.value, lease_until=until).first()
    # Somebody is at it: what this hint is about may have happened after they looked.
    row._default_manager.filter(pk=pk, state=state.value, lease_until__gte=now).update(woken_at=now)
    return None


def keep_claim(row: Claimable, lease: timedelta, ports: Ports, **columns: object) -> None:
    """Hold a claimed row for so long from now on, and write columns. Raises LostClaim."""
    until = ports.clock() + lease
    held = type(row)._default_manager.filter(pk=row.pk, fence=row.fence)
    if not held.update(lease_until=until, next_look_at=until, **columns):
        raise LostClaim


def renewal(row: Claimable, lease: timedelta, ports: Ports) -> Callable[[], None]:
    """What long computing calls now and then: holds the claim on once a third of the lease is over.

    It raises LostClaim.
    """
    until = row.lease_until

    def renew() -> None:
        nonlocal until
        now = ports.clock()
        if until is None or now >= until - lease * 2 / 3:
            keep_claim(row, lease, ports)
            until = now + lease

    return renew


@dataclass(slots=True)
class Mail:
    """What is to be sent once the transaction is committed."""

    #: Sent once; if lost, the sweep finds the rows they are about.
    hints: list[Hint | FanOut] = field(default_factory=list)
    #: Written down with the transaction, and sent again until they went out.
    posted: list[OutboxJob] = field(default_factory=list)
    #: False while the transaction is open, and for ever when the claim was lost.
    is_committed: bool = False
    #: Where rows that are written along get their ids.
    new_id: Callable[[], UUID] = uuid4

    def post(self, job: str, row_id: object, *, now: datetime) -> None:
        """Make sure that `job` runs on `row_id` because this transaction committed."""
        self.posted.append(OutboxJob.objects.create(job=job, args=[str(row_id)], created_at=now))


@contextmanager
def commit_step(name: str, ports: Ports) -> Iterator[Mail]:
    """The one transaction of a step; yields the mail to send once it is committed.

    `name` identifies the commit point in crash tests and logs: a process may end before the commit, after
    it, and after the mail went out. A `LostClaim` undoes everything and is quiet.
    """
    mail = Mail(new_id=ports.new_id)
    try:
        with transaction.atomic():
            yield mail
            ports.mark(f"{name}:uncommitted")
    except LostClaim:
        log.info("claim_lost", step=name)
        return
    mail.is_committed = True
    ports.mark(f"{name}:committed")
    outgoing = [*mail.hints, *(Hint(jobs=(row.job,), row_id=row.args[0]) for row in mail.posted)]
    has_left = bool(outgoing) and ports.courier.send(outgoing)
    ports.mark(f"{name}:sent")
    if has_left and mail.posted:
        sent = OutboxJob.objects.filter(pk__in=[row.pk for row in mail.posted])
        sent.update(sent_at=ports.clock())


@contextmanager
def commit_act(name: str, ports: Ports) -> Iterator[Mail]:
    """As `commit_step`, for what somebody asked for: raises `NotPossible` when the claim was lost."""
    with commit_step(name, ports) as mail:
        yield mail
    if not mail.is_committed:
        raise NotPossible("it changed at this very moment: look again", code="changed_meanwhile")


def finish(row: Claimable, *, now: datetime, **columns: Any) -> None:
    """Write the outcome and give the row back; raises `LostClaim` when the fence has moved on.

    Entering another state (a `state` among the columns) resets the attempts.
    """
    if "state" in columns:
        columns = {"attempts": 0, "entered_at": now, **columns}
    columns = {"lease_until": None, "lease_owner": "", "next_look_at": None, **columns}
    held = type(row)._default_manager.filter(pk=row.pk, fence=row.fence)
    if not held.update(fence=F("fence") + 1, updated_at=now, **columns):
        raise LostClaim
    for column, value in columns.items():
        setattr(row, column, value)


def wait(row: Claimable, *, until: datetime, ports: Ports, **columns: Any) -> bool:
    """Give the row back unchanged in state, to be looked at again; True when that is at once.

    A wake-up that came while this look was under way is not lost: it may have been about
    something that happened after we asked.
    """
    now = ports.clock()
    at = Case(
        When(woken_at__isnull=False, then=Value(now)), default=Value(until), output_field=DateTimeField()
    )
    if "attempts" not in columns:
        columns["attempts"] = _one_less(Q(woken_at__isnull=False))
    finish(row, now=now, next_look_at=at, **columns)
    row.refresh_from_db(fields=["next_look_at", "attempts"])
    return row.next_look_at is not None and row.next_look_at <= now


def note(rows: QuerySet[R], **columns: Any) -> list[R]:
    """Write on many rows at once, leaving out those that are being changed at this moment; which they were.

    Bookkeeping never waits for a lock, hence never waits in a circle with somebody who takes the same
    rows in another order.
    """
    if not rows.exists():
        return []
    with transaction.atomic():
        free = list(rows.select_for_update(skip_locked=True))
        rows.model._default_manager.filter(pk__in=[row.pk for row in free]).update(**columns)
    return free


def wake(rows: QuerySet[Any], *, now: datetime) -> int:
    """Ask for a look at each row soon; returns how many.

    A look that comes earlier than the row asked for uses up no attempt: else many wake-ups in a bad minute
    of the forge would be as many failures.
    """
    attempts = _one_less(Q(next_look_at__gt=now, lease_until__isnull=True))
    return rows.filter(next_look_at__isnull=False).update(woken_at=now, next_look_at=now, attempts=attempts)


def _one_less(when: Q) -> Case:
    """The attempts without the last one, so that the next claim does not count."""
    fewer = When(when & Q(attempts__gt=0), then=F("attempts") - 1)
    return Case(fewer, default=F("attempts"), output_field=IntegerField())
