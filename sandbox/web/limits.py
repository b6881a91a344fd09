"""GitHub's rate limits: the hourly primary one, the secondary ones on content, and the pace it asks for.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
"""

import time
from collections import defaultdict, deque
from dataclasses import dataclass
from math import ceil

from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError

HOUR_S = 3600
_AUTHENTICATED = 5000
_ANONYMOUS = 60
_UNLIMITED = 1_000_000
#: content-creating requests allowed per so many seconds
_CONTENT = ((60, 80), (HOUR_S, 500))
#: content-creating requests per second on average, and how many may come at once, where the pace is kept
_PACE, _BURST = 1.0, 4.0
_CREATING = frozenset({"POST", "PUT", "PATCH"})
_DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


class LimitError(ApiError):
    """A request refused by a rate limit, `primary` or `secondary`."""

    def __init__(self, kind: str, message: str, docs: str) -> None:
        super().__init__(403, message, docs=docs)
        self.kind = kind


@dataclass(slots=True)
class _Window:
    reset_at: float
    used: int = 0


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One line of the primary limit."""

    #: requests per hour
    limit: int
    #: requests counted in this hour
    used: int
    #: epoch second at which the hour ends
    reset: int
    #: `core`, `graphql` or `search`
    resource: str

    @property
    def remaining(self) -> int:
        """Requests left in this hour."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """Show the budget as response headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Resource": self.resource,
        }


class Limiter:
    """Counts requests per token; in memory, so a restart forgives."""

    def __init__(self, *, enforced: bool, paced: bool = False) -> None:
        self._enforced = enforced
        self._paced = paced
        self._buckets: dict[str, _Bucket] = {}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._created: defaultdict[str, deque[float]] = defaultdict(deque)

    def budget(self, actor: Actor, resource: str) -> Budget:
        """Tell what is left to `actor`."""
        window = self._window(actor, resource)
        limit = (_AUTHENTICATED if actor.login else _ANONYMOUS) if self._enforced else _UNLIMITED
        return Budget(limit=limit, used=window.used, reset=int(window.reset_at), resource=resource)

    def charge(self, actor: Actor, resource: str, *, creates: bool) -> None:
        """Count one request; 403 in GitHub's words when a limit is reached."""
        window = self._window(actor, resource)
        budget = self.budget(actor, resource)
        if self._enforced and not budget.remaining:
            raise _primary(actor)
        window.used += 1
        if creates:
            self.charge_content(actor)

    def charge_content(self, actor: Actor) -> None:
        """Count one request that creates content; 403 in GitHub's words when it is one too many."""
        if self._paced:
            self._keep_pace(actor)
        if self._enforced:
            self._count_content(actor)

    def refund(self, actor: Actor, resource: str) -> None:
        """Take one request off the count: a 304 to an authorised client is free."""
        if actor.login:
            self._window(actor, resource).used -= 1

    def _window(self, actor: Actor, resource: str) -> _Window:
        now = time.time()
        window = self._windows.get((actor.bucket, resource))
        if window is None or window.reset_at <= now:
            window = self._windows[actor.bucket, resource] = _Window(now + HOUR_S)
        return window

    def _keep_pace(self, actor: Actor) -> None:
        now = time.monotonic()
        bucket = self._buckets.setdefault(actor.bucket, _Bucket(tokens=_BURST, at=now))
        bucket.tokens = min(_BURST, bucket.tokens + (now - bucket.at) * _PACE)
        bucket.at = now
        if bucket.tokens < 1:
            raise _secondary(retry_after_s=ceil((1 - bucket.tokens) / _PACE))
        bucket.tokens -= 1

    def _count_content(self, actor: Actor) -> None:
        now, created = time.monotonic(), self._created[actor.bucket]
        while created and created[0] <= now - HOUR_S:
            created.popleft()
        for seconds, most in _CONTENT:
            inside = [at for at in created if at > now - seconds]
            if len(inside) >= most:
                raise _secondary(retry_after_s=int(inside[-most] + seconds - now) + 1)
        created.append(now)


def creates_content(method: str, path: str) -> bool:
    """Whether GitHub counts a request among those that create content."""
    return method in _CREATING and not path.startswith("/api/graphql")


def _primary(actor: Actor) -> LimitError:
    whom = f"user {actor.login}" if actor.login else "127.0.0.1"
    return LimitError("primary", f"API rate limit exceeded for {whom}.", _DOCS)


def _secondary(retry_after_s: int) -> LimitError:
    error = LimitError(
        "secondary",
        "You have exceeded a secondary rate limit and have been temporarily blocked from content creation."
        " Please retry your request again later.",
        _DOCS + "#about-secondary-rate-limits",
    )
    error.headers["Retry-After"] = str(retry_after_s)
    return error
