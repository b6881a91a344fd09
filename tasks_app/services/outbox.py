"""Jobs that must run because a transaction committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.courier import Hint
from tasks_app.models import OutboxJob
from tasks_app.pipeline.steps import NET

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: How many unsent rows one sweep sends.
BATCH = 200


def send_outbox(ports: Ports) -> int:
    """Send what nobody has sent, oldest first; returns how many went out.

    A row sent twice does no harm: the job claims its own row like any other.
    """
    unsent = OutboxJob.objects.filter(sent_at__isnull=True, created_at__lte=ports.clock() - NET)
    rows = list(unsent.order_by("created_at", "pk")[:BATCH])
    if not rows:
        return 0
    if not ports.courier.send([Hint(jobs=(row.job,), row_id=str(row.args[0])) for row in rows]):
        return 0
    return OutboxJob.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=ports.clock())
