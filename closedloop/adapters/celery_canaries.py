"""Canaries as Celery jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from closedloop.celery import QUEUE_CANARY, WORKER_CANARY, canary_queue

if TYPE_CHECKING:
    from datetime import datetime

    from celery import Celery

log = structlog.get_logger(__name__)


class CeleryCanarySender:
    """Publishes without retries: the next canary is the retry."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send_to_worker(self, worker_id: str, *, life_s: float) -> bool:
        """Send one through the worker's own queue."""
        return self._send(WORKER_CANARY, (), canary_queue(worker_id), life_s)

    def send_to_queue(self, queue: str, *, sent_at: datetime, life_s: float) -> bool:
        """Send one through a shared queue."""
        return self._send(QUEUE_CANARY, (queue, sent_at.isoformat()), queue, life_s)

    def _send(self, job: str, args: tuple[str, ...], queue: str, life_s: float) -> bool:
        try:
            self._app.send_task(job, args=args, queue=queue, expires=life_s, retry=False)
        except (OperationalError, RedisError, OSError) as error:
            log.info("canary_not_sent", queue=queue, error=type(error).__name__)
            return False
        return True
