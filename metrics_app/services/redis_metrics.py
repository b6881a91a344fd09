"""The figures that live in Redis: copies for other readers, and what the broker says of itself.

The rows are the truth; everything written here is written anew from them and may be lost.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from redis import Redis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Counters and TTE sets are kept for this many seconds: a week's comparison and a day to spare.
KEEP_S = 8 * 86_400


@cache
def _client(url: str) -> Redis:
    timeout_s = settings.REDIS_TIMEOUT_S
    return Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, decode_responses=True
    )


def client() -> Redis:
    """The connection of this process; made on first use. Calls raise `redis.RedisError`."""
    return _client(settings.REDIS_URL)


def write_day(date: str, *, success: int, failure: int, tte_ms: Mapping[str, int]) -> None:
    """Replace one day's `agent:metrics:*` in one transaction.

    `tte_ms` maps the task id to its TTE; in the sorted set the id is the member and the TTE the score
    (the RFC's own call has the two swapped).
    """
    pipe = client().pipeline(transaction=True)
    pipe.set(f"agent:metrics:success:{date}", success, ex=KEEP_S)
    pipe.set(f"agent:metrics:failure:{date}", failure, ex=KEEP_S)
    tte_key = f"agent:metrics:tte:{date}"
    pipe.delete(tte_key)
    if tte_ms:
        pipe.zadd(tte_key, dict(tte_ms))
        pipe.expire(tte_key, KEEP_S)
    pipe.execute()


def queue_depths(queues: Iterable[str]) -> dict[str, int]:
    """Messages waiting in each queue of the broker."""
    names = list(queues)
    pipe = client().pipeline(transaction=False)
    for name in names:
        pipe.llen(name)
    return dict(zip(names, cast("list[int]", pipe.execute()), strict=True))
