"""The notice board on Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError

from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)


class RedisBoard:
    """Hashes with a time to live."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, decode_responses=True
        )

    def pin(self, key: str, fields: Mapping[str, str], *, ttl_s: int) -> None:
        """Replace the hash in one round trip."""
        try:
            pipe = self._redis.pipeline(transaction=True)
            pipe.delete(key)
            pipe.hset(key, mapping=dict(fields))
            pipe.expire(key, ttl_s)
            pipe.execute()
        except RedisError as error:
            log.warning("board_away", key=key, error=type(error).__name__)

    def read(self, key: str) -> dict[str, str] | None:
        """The hash, or None when it faded."""
        try:
            found = cast("dict[str, str]", self._redis.hgetall(key))
        except RedisError as error:
            raise Unavailable(f"redis: {type(error).__name__}") from error
        return found or None
