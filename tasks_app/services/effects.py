"""Acts on the outside world, each at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from closedloop.ports.errors import PortError, Unavailable, Unknown
from tasks_app.models import Effect
from tasks_app.pipeline.budget import Share
from tasks_app.services import budget
from tasks_app.services.commit import LostClaim

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from closedloop.wiring import Ports
    from tasks_app.models import WriteCharge

#: So many announced results are kept; each try announces one.
_ANNOUNCED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectOrder:
    """One act, how it is found again, and to whom it belongs."""

    subject_id: UUID
    kind: str
    #: Deterministic: the same on every attempt.
    name: str
    #: The result when the act has happened, else None. Reads only. None where nobody can be asked: then
    #: the act counts as done once it was tried and not refused for certain.
    look_up: Callable[[], str | None] | None
    #: Acts once and returns the result; conditional at the other end where that is possible.
    act: Callable[[], str]
    #: How long it may take until a look-up shows the act; only for acts that the other end would repeat.
    shows_after: timedelta = timedelta(0)
    #: Requests by which the act writes on the forge; 0 for acts elsewhere.
    writes: int = 1
    share: Share = Share.EVERYDAY


def perform(order: EffectOrder, ports: Ports) -> str:
    """Do it unless it was done, and return its result.

    1. The intent is written down. A fresh intent proves that nobody acted before.
    2. Otherwise the outside world is asked whether the act has happened, until it would show.
    3. Only then the act is tried, once, by whoever was first since step 2. A lost answer leaves it
       `unknown`, for a later look-up.

    Its writes are paid for before it is tried; an act that nobody intended before is paid for first, so
    that one which has to wait leaves nothing behind that looks as if it might have happened.

    Raises the port's errors, and `budget.Paused`; only `Unknown` leaves the outcome open.
    """
    cost = budget.Cost(writes=order.writes, share=order.share, act=f"{order.kind} {order.name}")
    is_intended = Effect.objects.filter(subject_id=order.subject_id, kind=order.kind).exists()
    charge = None if is_intended else budget.charge(cost, ports)
    effect, is_fresh = Effect.objects.get_or_create(
        subject_id=order.subject_id,
        kind=order.kind,
        defaults={"name": order.name, "intended_at": ports.clock()},
    )
    if effect.status == Effect.Status.DONE:
        return effect.result
    if not is_fresh and (found := _found(order, effect)) is not None:
        return _settle(effect, found, ports)
    if effect.tried_at is not None and ports.clock() < effect.tried_at + order.shows_after:
        raise Unavailable(f"{order.kind} {order.name} may have happened and would not show yet")
    return _try(effect, order, charge or budget.charge(cost, ports), ports)


def _try(effect: Effect, order: EffectOrder, charge: WriteCharge | None, ports: Ports) -> str:
    now = ports.clock()
    row = Effect.objects.filter(pk=effect.pk)
    if not row.filter(attempts=effect.attempts).update(attempts=F("attempts") + 1, tried_at=now):
        raise Unavailable(f"{order.kind} {order.name} is being tried by somebody else")
    try:
        with budget.under_way(charge, ports):
            result = order.act()
    except Unknown:
        row.exclude(status=Effect.Status.DONE).update(status=Effect.Status.UNKNOWN)
        raise
    except (PortError, LostClaim):
        # Only our own try is taken back: somebody who took over meanwhile may have tried since.
        row.filter(tried_at=now).update(tried_at=None)
        raise
    return _settle(effect, result, ports)


def _found(order: EffectOrder, effect: Effect) -> str | None:
    if order.look_up is not None:
        return order.look_up()
    return "" if effect.tried_at is not None else None


def _settle(effect: Effect, result: str, ports: Ports) -> str:
    Effect.objects.filter(pk=effect.pk).update(
        status=Effect.Status.DONE, result=result[:500], settled_at=ports.clock()
    )
    return result


def note_announced(subject_id: UUID, kind: str, result: str) -> None:
    """Write down what the act under way results in, before anybody can see and change it."""
    row = Effect.objects.filter(subject_id=subject_id, kind=kind).exclude(status=Effect.Status.DONE)
    known = " ".join(row.values_list("result", flat=True)).split()
    row.update(result=" ".join([*known, result][-_ANNOUNCED:]))


def as_announced(subject_id: UUID, kind: str, found: str) -> str:
    """What is found there, if we had announced it; else the last thing we announced, if anything."""
    results = Effect.objects.filter(subject_id=subject_id, kind=kind).values_list("result", flat=True)
    known = " ".join(results).split()
    return found if found in known or not known else known[-1]


def note_found(subject_id: UUID, kind: str, result: str, ports: Ports) -> None:
    """Settle an act whose outcome was seen by other means than its own look-up."""
    open_acts = Effect.objects.filter(subject_id=subject_id, kind=kind).exclude(status=Effect.Status.DONE)
    open_acts.update(status=Effect.Status.DONE, result=result, settled_at=ports.clock())
