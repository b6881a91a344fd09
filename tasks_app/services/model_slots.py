"""At most so many calls of the model at once, whatever the number of workers and machines.

A slot is a row with a lease: taken by compare-and-swap, given back after the call, free again by itself
when its holder died. Whoever finds none waits in a queue; who gives a slot back calls the first of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app import workflow
from tasks_app.models import ModelSlot, ModelWaiter, Task
from tasks_app.pipeline import turns
from tasks_app.pipeline.states import State
from tasks_app.pipeline.steps import NET
from tasks_app.services.commit import wake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta
    from uuid import UUID

    from django.db.models import QuerySet

    from closedloop.wiring import Ports

#: Losing a slot to somebody quicker so often means that there is none.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The right to make one call."""

    number: int
    until: datetime


def try_take(task_id: UUID, ports: Ports) -> Slot | None:
    """A slot for this task; None when there is none or others have waited longer."""
    _make_slots(ports.clock())
    for _ in range(_TRIES):
        now = ports.clock()
        free = list(_slots().filter(until__lte=now).order_by("number").values_list("number", "until"))
        if not turns.is_turn(free=len(free), ahead=_ahead_of(task_id, now).count()):
            return None
        # Those who come together should not all reach for the same one.
        number, seen = free[task_id.int % len(free)]
        until = now + settings.LEASE
        if ModelSlot.objects.filter(number=number, until=seen).update(owner=ports.worker, until=until):
            ModelWaiter.objects.filter(task_id=task_id).delete()
            return Slot(number=number, until=until)
    return None


@contextmanager
def held(slot: Slot, ports: Ports) -> Iterator[None]:
    """Give the slot back at the end, and call whoever has waited longest."""
    try:
        yield
    finally:
        ours = ModelSlot.objects.filter(number=slot.number, until=slot.until, owner=ports.worker)
        if ours.update(until=ports.clock(), owner=""):
            _call_next(ports)


def queue_up(task_id: UUID, now: datetime) -> timedelta:
    """Stand in the queue, at the end if the task does not stand in it yet; how long to be patient."""
    ModelWaiter.objects.get_or_create(task_id=task_id, defaults={"since": now})
    spread = (task_id.int % 1000) / 1000
    return turns.patience(
        ahead=_ahead_of(task_id, now).count(), slots=settings.OPENAI_CONCURRENCY, spread=spread
    )


def _slots() -> QuerySet[ModelSlot]:
    return ModelSlot.objects.filter(number__lt=settings.OPENAI_CONCURRENCY)


def _make_slots(now: datetime) -> None:
    missing = settings.OPENAI_CONCURRENCY - _slots().count()
    if missing > 0:
        rows = [ModelSlot(number=number, until=now) for number in range(settings.OPENAI_CONCURRENCY)]
        ModelSlot.objects.bulk_create(rows, ignore_conflicts=True)


def _waiting(now: datetime) -> QuerySet[ModelWaiter]:
    """Those who would take a slot: not who was cancelled, held, or given up meanwhile.

    Nor who looks again later than the queue asks for: it waits for something else, the forge for example.
    """
    soon = now + turns.LONGEST_PATIENCE
    willing = Task.objects.filter(Task.workable(), state=State.GENERATING, next_look_at__lte=soon)
    return ModelWaiter.objects.filter(task__in=willing)


def _ahead_of(task_id: UUID, now: datetime) -> QuerySet[ModelWaiter]:
    mine = ModelWaiter.objects.filter(task_id=task_id).first()
    others = _waiting(now).exclude(task_id=task_id)
    return others.filter(since__lt=mine.since) if mine else others


def _call_next(ports: Ports) -> None:
    """Have one under way for every free slot; whoever was called a moment ago is not called again."""
    now = ports.clock()
    free = _slots().filter(until__lte=now).count()
    first = _waiting(now).order_by("since", "pk").values_list("task_id", "task__hinted_at")[:free]
    called = [task_id for task_id, hinted_at in first if hinted_at is None or hinted_at <= now - NET]
    Task.objects.filter(pk__in=called).update(hinted_at=now)
    wake(Task.objects.filter(pk__in=called), now=now)
    hints = [hint for task_id in called for hint in workflow.resume_task(task_id, State.GENERATING)]
    if hints:
        ports.courier.send(hints)
