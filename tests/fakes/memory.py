"""What a process remembers between requests, which no test may inherit from the one before it."""

from __future__ import annotations

from tasks_app.api.throttles import buckets
from tasks_app.services import backpressure, heads, learning, outlook, required
from tasks_app.services.intake import gauge
from tasks_app.services.outage import reads, writes

_MEMORIES = (backpressure, buckets, gauge, heads, learning, outlook, reads, required, writes)


def forget_everything() -> None:
    """Be a process that has just started."""
    for memory in _MEMORIES:
        memory.forget()
