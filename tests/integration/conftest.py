"""What a process remembers between requests, which no test may inherit from the one before it."""

from __future__ import annotations

import pytest

from tasks_app.api.throttles import buckets
from tasks_app.services import backpressure, learning, outlook, required
from tasks_app.services.intake import gauge
from tasks_app.services.outage import reads, writes


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    for memory in (gauge, buckets, reads, writes, backpressure, learning, outlook, required):
        memory.forget()
