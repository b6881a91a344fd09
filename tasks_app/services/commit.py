"""Claim a row, work, finish it: the three moves every step is made of.

1. `try_claim` raises the row's fence by compare-and-swap; 0 rows means another worker got there first.
2. The work runs outside any transaction.
3. `commit_step` opens the one transaction that writes the outcome; inside it `finish` proves that the
   fence is still ours. A newer holder means our outcome is not wanted: everything is undone, quietly.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.db.models import F, Q

from tasks_app.models import Claimable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta
    from enum import StrEnum

    from closedloop.ports.courier import FanOut, Hint
    from closedloop.wiring import Ports

R = TypeVar("R", bound=Claimable)


class LostClaim(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Another worker holds the row now; this one's outcome is dropped."""


def try_claim(row: type[R], pk: object, state: StrEnum, *, ports: Ports, lease: timedelta) -> R | None:
    """Claim the row while it is in `state` and free; None when it is not."""
    now = ports.clock()
    until = now + lease
    won = (
        row._default_manager.filter(pk=pk, state=state.value)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        .update(
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_owner=ports.worker,
            lease_until=until,
            next_look_at=until,
            updated_at=now,
        )
    )
    return row._default_manager.get(pk=pk) if won else None


@contextmanager
def commit_step(name: str, ports: Ports) -> Iterator[list[Hint | FanOut]]:
    """The one transaction of a step; yields the list of hints to send once it is committed.

    `name` identifies the commit point in crash tests. A `LostClaim` undoes everything and is quiet.
    """
    hints: list[Hint | FanOut] = []
    with suppress(LostClaim):
        with transaction.atomic():
            yield hints
        if hints:
            ports.courier.send(hints)


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
