"""The notice board on Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import structlog
from redis.exceptions import RedisError

from closedloop.adapters.background import Background
from closedloop.ports.board import Pin
from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redis import Redis

log = structlog.get_logger(__name__)

#: Key: a hash. Arguments: seconds, then fields and values.
_PIN_IF_GONE = """
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV, 2)) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


class RedisBoard:
    """Hashes and texts with a time to live."""

    def __init__(self, redis: Redis) -> None:
        #: A client that decodes answers and has time-outs.
        self._redis = redis
        self._pin_if_gone = redis.register_script(_PIN_IF_GONE)

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        """Replace one hash."""
        self.pin_all([Pin(key=key, value=fields, ttl_s=ttl_s)])

    def pin_all(self, pins: Sequence[Pin]) -> None:
        """Replace several notes in one round trip."""
        pipe = self._redis.pipeline(transaction=True)
        for pin in pins:
            if isinstance(pin.value, str):
                pipe.set(pin.key, pin.value, ex=pin.ttl_s)
            else:
                pipe.delete(pin.key)
                pipe.hset(pin.key, items=[part for field in pin.value.items() for part in field])
                pipe.expire(pin.key, pin.ttl_s)
        try:
            pipe.execute()
        except RedisError as error:
            log.warning("board_away", pins=len(pins), error=type(error).__name__)

    def pin_missing(self, pins: Sequence[Pin]) -> None:
        """Hang up hashes that are gone, in one round trip."""
        pipe = self._redis.pipeline(transaction=False)
        for pin in pins:
            if not isinstance(pin.value, str):
                fields = [part for field in pin.value.items() for part in field]
                self._pin_if_gone(keys=[pin.key], args=[pin.ttl_s, *fields], client=pipe)
        try:
            pipe.execute()
        except RedisError as error:
            log.warning("board_away", pins=len(pins), error=type(error).__name__)

    def read(self, key: str) -> dict[str, str] | None:
        """The hash, or None when it faded."""
        try:
            found = cast("dict[str, str]", self._redis.hgetall(key))
        except RedisError as error:
            raise Unavailable(f"redis: {type(error).__name__}") from error
        return found or None


class BackgroundBoard:
    """Pins from a thread of this process, many at a time, so that a web answer never waits for Redis."""

    def __init__(self, board: RedisBoard) -> None:
        self._board = board
        self._pins: Background[Pin] = Background("board", board.pin_all)

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        """Pin soon."""
        self._pins.put([Pin(key=key, value=fields, ttl_s=ttl_s)])

    def pin_all(self, pins: Sequence[Pin]) -> None:
        """Pin soon."""
        self._pins.put(pins)

    def pin_missing(self, pins: Sequence[Pin]) -> None:
        """Look now: this is no work for an answer under way."""
        self._board.pin_missing(pins)

    def read(self, key: str) -> dict[str, str] | None:
        """Read now: somebody waits for it."""
        return self._board.read(key)
