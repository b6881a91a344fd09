"""Results on Redis for one purpose: counting the members of a chord."""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend


class ChordBackend(RedisBackend):
    """Redis as Celery's own backend uses it, except that whoever sends a job never waits for its result.

    Celery subscribes to every sent job's result and forgets it only when it is read: a process that
    never reads would subscribe for ever, and stop sending when Redis was away for long.
    """

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Nobody here reads results: the rows hold what was found."""
