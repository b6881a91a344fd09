"""Hints as Celery chains and chords over the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from celery import Celery, chain, chord
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from closedloop.adapters.background import Background
from closedloop.ports.courier import FanOut, Hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.courier import Courier

log = structlog.get_logger(__name__)


class CeleryCourier:
    """Sends from the calling thread; meant for workers."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        """Publish without retries: what is lost here the sweep sends again."""
        try:
            for hint in hints:
                self._publish(hint)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("hint_lost", error=type(error).__name__)
            return False
        return True

    def _publish(self, hint: Hint | FanOut) -> None:
        if isinstance(hint, FanOut):
            members = [self._app.signature(hint.member, args=(pk,), immutable=True) for pk in hint.member_ids]
            chord(members, app=self._app)(self._app.signature(hint.body, args=(hint.row_id,), immutable=True))
            return
        jobs = [self._app.signature(name, args=(hint.row_id,), immutable=True) for name in hint.jobs]
        work = jobs[0] if len(jobs) == 1 else chain(*jobs, app=self._app)
        work.apply_async(countdown=hint.delay_s, retry=False)


class BackgroundCourier:
    """Hands hints to one thread of this process, so that a web answer never waits for the broker."""

    def __init__(self, courier: Courier) -> None:
        self._hints: Background[Hint | FanOut] = Background("courier", courier.send)

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        """Queue the hints and return at once: whether they will arrive is not known here."""
        self._hints.put(hints)
        return False
