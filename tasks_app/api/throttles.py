"""How many questions one client may send, counted in this process's memory.

Each process of the web server counts for itself, so the whole server lets through at most that many
times as much; a shared count would make every answer wait for Redis.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

#: Clients remembered; the longest silent one is forgotten first, whose bucket has filled up again anyway.
_CLIENTS = 10_000


class Buckets:
    """A bucket of tokens per client that refills steadily: bursts up to the limit, then its rate."""

    def __init__(self) -> None:
        #: By client: tokens left, and when that was true.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, *, per_minute: int, now_s: float) -> float:
        """Take a token; 0 when there was one, else the seconds until there is one."""
        with self._lock:
            left, at_s = self._buckets.get(client, (float(per_minute), now_s))
            left = min(float(per_minute), left + (now_s - at_s) * per_minute / 60)
            has_token = left >= 1
            self._buckets[client] = (left - 1 if has_token else left, now_s)
            self._buckets.move_to_end(client)
            if len(self._buckets) > _CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if has_token else (1 - left) * 60 / per_minute

    def forget(self) -> None:
        """Fill every bucket again."""
        with self._lock:
            self._buckets.clear()


buckets = Buckets()


def client_of(request: HttpRequest) -> str:
    """Who sent this, as far as an address tells: the one that the outermost trusted proxy saw."""
    return BaseThrottle().get_ident(request) or "unknown"  # type: ignore[arg-type] # it reads META alone


class SubmitThrottle(BaseThrottle):
    """`SUBMIT_LIMIT_PER_MINUTE` questions per client address; 0 means no limit."""

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF's signature
        """Whether this client may ask now."""
        per_minute = settings.SUBMIT_LIMIT_PER_MINUTE
        self._wait_s = 0.0
        if per_minute > 0:
            client = client_of(request._request)  # noqa: SLF001 - DRF's proxy costs 10 µs an attribute
            self._wait_s = buckets.take(client, per_minute=per_minute, now_s=time.monotonic())
        return self._wait_s == 0

    def wait(self) -> float:
        """Seconds until the client may ask again."""
        return self._wait_s
