"""Writes on the forge: paid for before they are made, out of one budget that all workers share.

1. `charge` reads the budget and its charges, decides, and writes the charge down by compare-and-swap on the
   budget's fence: whoever was quicker makes the other one read again.
2. While the act is under way its charge counts as if its requests arrived at the end of its lease.
3. Once it is over, however it ended, the charge counts from that moment on.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from closedloop.ports.errors import RateLimited
from tasks_app.models import WriteBudget, WriteCharge
from tasks_app.pipeline.budget import Limits, Share, Spent, Standing, Wait, decide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

#: The one account there is.
_NAME = "forge"
#: Charges older than this count in no window.
_KEPT = timedelta(hours=2)
#: Somebody was quicker so often only when very many charge at once: then it is better to come again.
_TRIES = 20
_COME_AGAIN = timedelta(milliseconds=200)
#: "If … no Retry-After, wait for at least one minute": the same where nothing was said at all.
_USUAL_BLOCK = timedelta(minutes=1)


class Paused(RateLimited):
    """Our own budget asks for a pause until `retry_at`; nothing was tried, so no attempt is used up."""

    code = "writes_used_up"

    def __init__(self, detail: str, *, retry_at: datetime) -> None:
        super().__init__(detail, retry_at=retry_at)
        self.until = retry_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an act takes out of the budget."""

    #: Requests by which it writes on the forge; 0 for what happens elsewhere.
    writes: int
    share: Share
    #: For operators.
    act: str


def limits() -> Limits:
    """The limits in force."""
    return Limits(
        per_minute=settings.WRITES_PER_MINUTE,
        per_hour=settings.WRITES_PER_HOUR,
        reserved_per_minute=settings.WRITES_RESERVED_PER_MINUTE,
        reserved_per_hour=settings.WRITES_RESERVED_PER_HOUR,
    )


@contextmanager
def paid(cost: Cost, ports: Ports) -> Iterator[None]:
    """Charge, then let the block write. Raises `Paused` before the block when it may not."""
    with under_way(charge(cost, ports), ports):
        yield


def charge(cost: Cost, ports: Ports) -> WriteCharge | None:
    """Take the act's writes out of the budget; None when it makes none. Raises `Paused`."""
    if not cost.writes:
        return None
    for _ in range(_TRIES):
        now = ports.clock()
        budget = _budget(now)
        verdict = decide(cost.writes, cost.share, _standing(budget, now), limits(), now=now)
        if isinstance(verdict, Wait):
            raise Paused(f"{cost.act}: {verdict.reason}", retry_at=verdict.until)
        if written := _write_down(budget, cost, verdict.paced_until, now):
            return written
    raise Paused(f"{cost.act}: everybody writes at once", retry_at=ports.clock() + _COME_AGAIN)


@contextmanager
def under_way(written: WriteCharge | None, ports: Ports) -> Iterator[None]:
    """Around the act itself: its charge counts from its end on, and a forge that slows us down is heeded."""
    try:
        yield
    except RateLimited as error:
        if written is not None:
            _heed(error, ports)
        raise
    finally:
        if written is not None:
            WriteCharge.objects.filter(pk=written.pk).update(at=ports.clock())


def standing(now: datetime) -> Standing:
    """The budget as it is, for screens; nothing is written."""
    found = WriteBudget.objects.filter(name=_NAME).first()
    if found is None:
        return Standing(spent=(), paced_until=now, blocked_until=None)
    return _standing(found, now)


def forget_old_charges(now: datetime) -> None:
    """Delete what counts in no window any more."""
    WriteCharge.objects.filter(at__lt=now - _KEPT).delete()


def _budget(now: datetime) -> WriteBudget:
    return WriteBudget.objects.get_or_create(name=_NAME, defaults={"paced_until": now})[0]


def _standing(budget: WriteBudget, now: datetime) -> Standing:
    recent = budget.charges.filter(at__gt=now - _KEPT).values_list("at", "writes")
    return Standing(
        spent=[Spent(at=at, writes=writes) for at, writes in recent],
        paced_until=budget.paced_until,
        blocked_until=budget.blocked_until,
    )


def _write_down(budget: WriteBudget, cost: Cost, paced_until: datetime, now: datetime) -> WriteCharge | None:
    with transaction.atomic():
        seen = WriteBudget.objects.filter(pk=budget.pk, fence=budget.fence)
        if not seen.update(fence=F("fence") + 1, paced_until=paced_until):
            return None
        return WriteCharge.objects.create(
            budget=budget,
            at=now + settings.LEASE,
            writes=cost.writes,
            share=cost.share.value,
            act=cost.act[:200],
        )


def _heed(error: RateLimited, ports: Ports) -> None:
    """Let nobody write before the forge wants to hear of us again."""
    until = error.retry_at or ports.clock() + _USUAL_BLOCK
    earlier = Q(blocked_until__isnull=True) | Q(blocked_until__lt=until)
    blocked = WriteBudget.objects.filter(earlier, name=_NAME).update(
        fence=F("fence") + 1, blocked_until=until, block_reason=error.detail[:300]
    )
    if blocked:
        log.warning("writes_blocked", until=until.isoformat(), detail=error.detail)
