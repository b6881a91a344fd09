"""Requests to the forge: taken down from the process's memory into a row per hour and kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import Error as DatabaseTrouble
from django.db import connection, transaction
from django.db.models import F

from metrics_app.models import ForgeTraffic
from metrics_app.slo.windows import hour_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from closedloop.adapters.local_tally import LocalTally
    from closedloop.ports.traffic import Kind

log = structlog.get_logger(__name__)

#: Time between two writings of one process: what a process counted since is lost when it is killed.
EVERY = timedelta(seconds=2)


class TrafficWriter:
    """What a process does with its count; `look` is called every two seconds or so, or after each job."""

    def __init__(self, tally: LocalTally) -> None:
        self._tally = tally
        self._next_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Write down what was counted, unless that was done a moment ago."""
        if self._next_at is None or now >= self._next_at:
            self._next_at = now + EVERY
            self.finish(now)

    def finish(self, now: datetime) -> None:
        """Write down what was counted; what cannot be written now waits, and counts in its later hour."""
        counts = self._tally.take()
        if not counts:
            return
        try:
            add_requests(counts, now)
        except DatabaseTrouble as error:
            self._tally.put_back(counts)
            connection.close()  # a new one is made for the next
            log.info("traffic_not_written", error=type(error).__name__)


def add_requests(counts: Mapping[Kind, int], now: datetime) -> None:
    """Add to the hour's rows, all or none; raises `django.db.Error`. Processes may do so side by side."""
    hour = hour_of(now)
    with transaction.atomic():
        # In one order everywhere, so that no two processes wait for each other's row.
        for kind in sorted(counts):
            row = ForgeTraffic.objects.filter(hour=hour, kind=kind)
            added = {"requests": F("requests") + counts[kind]}
            if not row.update(**added):
                ForgeTraffic.objects.bulk_create([ForgeTraffic(hour=hour, kind=kind)], ignore_conflicts=True)
                row.update(**added)
