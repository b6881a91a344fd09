"""Canaries: small jobs sent to see whether they come out at the other end of a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class CanarySender(Protocol):
    """Sends from the calling thread; never raises when the broker is away."""

    def send_to_worker(self, worker_id: str, *, life_s: float) -> bool:
        """Send one that only this worker can take; it counts by beginning. False when it may not have left.

        `life_s` seconds later nobody needs it any more.
        """

    def send_to_queue(self, queue: str, *, sent_at: datetime, life_s: float) -> bool:
        """Send one that any worker of the queue can take, and that notes when it ran; False as above."""
