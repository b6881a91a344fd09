"""The sweep: finds work that messages lost, and gives up on what waited too long.

It runs every second under a one-row lease, by beat and, when beat is silent, by any worker.
Rows say when they want to be looked at; the sweep sends their hints again, and notes when, so
that a backlog is not hinted at every second.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q

from tasks_app import workflow
from tasks_app.models import Claimable, Notification, PullRequest, SweepLease, Task
from tasks_app.pipeline.states import PullState, State
from tasks_app.services.bulkhead import run_each
from tasks_app.services.commit import note
from tasks_app.services.expiry import expire
from tasks_app.services.glance import kinds_due
from tasks_app.services.outbox import send_outbox
from tasks_app.services.refresh import refresh_board
from tasks_app.services.replay import replay

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.ports.courier import Hint
    from closedloop.wiring import Ports

R = TypeVar("R", bound=Claimable)

#: Rows of one kind that one sweep takes up.
BATCH = 200
#: How long after a hint the next one for the same row may go out.
RESEND_AFTER = timedelta(seconds=5)
#: The sweep finds what is due within seconds. What was due for longer lay there while nothing ran.
_UNSWEPT = timedelta(minutes=1)
#: How long one sweep holds the lease; a dead sweeper is replaced after it, before a killed step has waited
#: two seconds. A sweep that takes longer may be joined by another, which does no harm: rows are taken up by
#: compare-and-swap, and both leave each other's rows alone.
_LEASE = timedelta(seconds=1)
#: A lease that ends later was written by a clock that was wrong; it stops nobody.
_FAR = timedelta(minutes=1)


def sweep(ports: Ports) -> int:
    """One pass over everything that is due; returns how many rows were taken up.

    A row that fails in a way nobody foresaw does not keep the others from being found; what failed is
    raised at the end.
    """
    if not try_lease("tasks", ports):
        return 0
    try:
        return run_each(
            partial(part, ports) for part in (replay, expire, _resend, send_outbox, refresh_board)
        )
    finally:
        release_lease("tasks", ports)


def try_lease(name: str, ports: Ports) -> bool:
    """Take the sweep's lease; False while another sweeper holds it."""
    now = ports.clock()
    is_over = Q(until__lte=now) | Q(until__gt=now + _FAR)
    free, lease = (
        SweepLease.objects.filter(is_over, name=name),
        {"owner": ports.worker, "until": now + _LEASE},
    )
    if free.update(**lease):
        return True
    # Taken, or not there yet: the very first sweep makes the row.
    _, is_new = SweepLease.objects.get_or_create(name=name, defaults={"until": now - _LEASE})
    return is_new and bool(free.update(**lease))


def release_lease(name: str, ports: Ports) -> None:
    """Give the lease back and leave the time of this pass behind."""
    SweepLease.objects.filter(name=name, owner=ports.worker).update(until=ports.clock())


def is_silent(name: str, *, now: datetime, for_longer_than: timedelta) -> bool:
    """Whether nobody has swept for a while: then any worker may."""
    last = SweepLease.objects.filter(name=name).values_list("until", flat=True).first()
    return last is None or now - last > for_longer_than or last - now > _FAR


def take_due(model: type[R], allowed: Q, *, now: datetime) -> list[R]:
    """Due rows that were not hinted at lately, and are noted as hinted at now.

    Nobody swept while a row was due for long: all was down, and that time does not count against it.
    """
    not_lately = (
        Q(hinted_at__isnull=True) | Q(hinted_at__lte=now - RESEND_AFTER) | Q(hinted_at__gt=now + _FAR)
    )
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = model._default_manager.filter(allowed, not_lately, free, next_look_at__lte=now)
    found = note(due.order_by("next_look_at")[:BATCH], hinted_at=now)
    for row in found:
        if row.deadline_at and row.next_look_at and now - row.next_look_at > _UNSWEPT and not was_called(row):
            rows = model._default_manager.filter(pk=row.pk, fence=row.fence)
            rows.update(deadline_at=row.deadline_at + (now - row.next_look_at))
    return found


def was_called(row: Claimable) -> bool:
    """Whether a hint was sent since it was due."""
    return row.hinted_at is not None and row.next_look_at is not None and row.hinted_at >= row.next_look_at


def _resend(ports: Ports) -> int:
    now = ports.clock()
    due = kinds_due("next_look_at", (Task, PullRequest, Notification), now=now)
    tasks = take_due(Task, Task.workable(), now=now) if Task in due else []
    pulls = take_due(PullRequest, Q(), now=now) if PullRequest in due else []
    messages = take_due(Notification, Q(), now=now) if Notification in due else []
    hints: list[Hint] = [h for task in tasks for h in workflow.resume_task(task.pk, State(task.state))]
    hints += [h for pull in pulls for h in workflow.resume_pull(pull.pk, PullState(pull.state))]
    hints += [h for message in messages for h in workflow.resume_notification(message.pk)]
    if hints:
        ports.courier.send(_without_repeated_departures(hints))
    return len(tasks) + len(pulls) + len(messages)


def _without_repeated_departures(hints: list[Hint]) -> list[Hint]:
    """One departure takes everybody along: one hint is enough for all who wait."""
    departures = [hint for hint in hints if hint.jobs == ("tasks.depart",)]
    return [hint for hint in hints if hint not in departures[1:]]
