"""One canary per shared queue, round and round: it shows how long a job waits, and whether anybody takes it.

Every heart, beat's too, may send them; a compare-and-swap on the queue's row lets one do so at a time. So
they go on while beat or all workers are away, and the row tells since when none has come back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce

from metrics_app.models import QueueCanary
from metrics_app.services.health import QUEUES

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.ports.canary import CanarySender
    from closedloop.wiring import Ports

log = structlog.get_logger(__name__)

#: Time between two canaries of one queue, whoever sends them.
EVERY = timedelta(seconds=20)


class QueueCanaries:
    """What a heart does for the shared queues; `look` is called every two seconds or so."""

    def __init__(self, sender: CanarySender) -> None:
        self._sender = sender
        self._next_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Send what is due; without the database nobody could note a return, so none is sent."""
        if self._next_at and now < self._next_at:
            return
        self._next_at = now + EVERY
        try:
            for queue in QUEUES:
                send_if_due(queue, self._sender, now)
        except DatabaseTrouble as error:
            connection.close()  # a new one is made for the next
            log.info("canary_not_sent", error=type(error).__name__)


def send_if_due(queue: str, sender: CanarySender, now: datetime) -> bool:
    """Send this queue's canary unless somebody did so lately; raises `django.db.Error`.

    The time counts from the first one that left and did not come back. What could not leave is not missed.
    """
    QueueCanary.objects.get_or_create(queue=queue, defaults={"sent_at": now - EVERY})
    row = QueueCanary.objects.filter(queue=queue)
    if not row.filter(sent_at__lte=now - EVERY).update(sent_at=now):
        return False
    life_s = settings.CANARY_GRACE.total_seconds()
    if sender.send_to_queue(queue, sent_at=now, life_s=life_s):
        # A return that was quicker than this statement has noted its own time.
        row.exclude(ran_at__gte=now).update(waiting_since=Coalesce("waiting_since", Value(now)))
        return True
    row.update(waiting_since=None)
    return False


def note_return(queue: str, sent_at: datetime, ports: Ports) -> None:
    """The canary runs: note how long it was under way. Its own loss is no fault of the queue."""
    now = ports.clock()
    latency_ms = max(round((now - sent_at).total_seconds() * 1000), 0)
    try:
        QueueCanary.objects.filter(queue=queue).update(
            ran_at=now, latency_ms=latency_ms, worker=ports.worker, waiting_since=None
        )
    except DatabaseTrouble as error:
        log.warning("canary_not_noted", queue=queue, error=type(error).__name__)
