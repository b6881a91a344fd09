"""A worker that is back soon after its broker."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer

#: Celery's own pauses grow by two seconds up to thirty: after a minute without Redis a worker sleeps on for a
#: quarter of one. A worker asks its own broker; nobody else is kept busy.
_PACE = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2.0}


class PromptConsumer(Consumer):
    """Celery's, which asks for the broker at least every two seconds."""

    def ensure_connected(self, conn: Any) -> Any:
        """Wait for the broker at our own pace."""
        conn.ensure_connection = partial(conn.ensure_connection, **_PACE)
        return super().ensure_connected(conn)
