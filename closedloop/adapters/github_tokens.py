"""Several tokens for one forge: who is asked as whom, and who rests.

What is known of a token (its remaining calls, its rests, that it was refused) is kept per process and lost
with it: every process finds out for itself, at the price of one refused call each.

Tokens of one account share that account's limits; only tokens of different accounts add up.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from closedloop.adapters.github_limits import Budget, Errand, limited_until
from closedloop.adapters.lru import Lru
from closedloop.ports.errors import PortError, RateLimited, Unauthorized, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from closedloop.adapters.github_limits import Reply

log = structlog.get_logger(__name__)

#: A refused token is left alone for so long while others work.
_REFUSED_FOR = timedelta(minutes=5)
#: Secrets remembered in order to cut them out of texts; replaced ones among them.
_KEPT_SECRETS = 50
_UNAUTHORIZED = 401


class Credential(Protocol):
    """Something that gives a token. Hashable; the same one is equal to itself."""

    @property
    def name(self) -> str:
        """Where it comes from, for operators; holds no part of the secret."""

    def secret(self) -> str:
        """The token. May have to ask the forge for one; raises PortErrors then."""

    def renew(self) -> bool:
        """Drop a token that was refused; True when a fresh one can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedToken:
    """A token as somebody wrote it down."""

    name: str
    #: Never shown.
    token: str = field(repr=False)

    def secret(self) -> str:
        """See Credential."""
        return self.token

    def renew(self) -> bool:
        """See Credential."""
        return False


def fixed_tokens(*tokens: str, name: str = "token") -> tuple[FixedToken, ...]:
    """Credentials of the distinct ones among these texts, numbered for operators where they are several."""
    distinct = list(dict.fromkeys(token for token in tokens if token))
    if len(distinct) == 1:
        return (FixedToken(name=name, token=distinct[0]),)
    count = len(distinct)
    return tuple(
        FixedToken(name=f"{name} {n} of {count}", token=token) for n, token in enumerate(distinct, 1)
    )


@dataclass(slots=True)
class _Seat:
    """What this process knows of one credential."""

    #: Calls left, by resource of the forge (core, graphql).
    budgets: dict[str, Budget] = field(default_factory=dict)
    #: Ends of secondary limits, for reads (False) and writes (True) apart.
    rests: dict[bool, datetime] = field(default_factory=dict)
    refused_at: datetime | None = None

    def free_at(self, errand: Errand, now: datetime) -> datetime:
        """When it may be used for such a call; `now` when at once."""
        budget = self.budgets.get(errand.resource)
        primary = budget.reset_at if budget and not budget.remaining else now
        return max(now, primary, self.rests.get(errand.is_write, now))

    def is_refused(self, now: datetime) -> bool:
        return self.refused_at is not None and now - self.refused_at < _REFUSED_FOR

    def room(self, errand: Errand, now: datetime) -> int:
        """Calls left as far as is known; a window that is over, or was never seen, is full."""
        return (self.budgets.get(errand.resource) or Budget.unknown(now)).room(now)


class TokenPool:
    """Picks a token for every call. Safe for threads."""

    def __init__(
        self, source: Callable[[], Sequence[Credential]], clock: Callable[[], datetime] | None = None
    ) -> None:
        self._source = source
        self._clock = clock or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._seats: dict[Credential, _Seat] = {}
        self._reading: dict[str, Credential] = {}
        self._secrets: Lru[str, str] = Lru(_KEPT_SECRETS)

    def credentials(self) -> Sequence[Credential]:
        """Those in use now, in the order of preference for writes."""
        return tuple(dict.fromkeys(self._source()))

    def pick(self, errand: Errand) -> Credential:
        """Whom to be for this call.

        Writes go to the first that is free, so that one account signs them while it can. Reads stay with one
        until another has twice its room: entity tags are worth something to one token only.

        When all were refused, the one refused longest ago is asked all the same: a forge's bad minute must
        not fail every task of the next ones. Raises RateLimited with the earliest end when all are at their
        limit, and Unauthorized when there is none.
        """
        with self._lock:
            now = self._clock()
            working = self._working(now)
            if not working:
                return self._last_resort()
            free = [one for one in working if self._seats[one].free_at(errand, now) <= now]
            if not free:
                retry_at = min(self._seats[one].free_at(errand, now) for one in working)
                raise RateLimited("every token is at its limit", retry_at=retry_at)
            return free[0] if errand.is_write else self._reader(free, errand, now)

    def secret_of(self, credential: Credential) -> str:
        """Its token, remembered so that `clean` knows it; one that cannot be had is taken out of service."""
        try:
            secret = credential.secret()
        except Unauthorized:
            self._refuse(credential)
            raise
        self._secrets.put(secret, secret)
        return secret

    def note(self, credential: Credential, errand: Errand, reply: Reply) -> None:
        """Learn from an answer, good or bad."""
        if reply.status == _UNAUTHORIZED:
            if not credential.renew():
                self._refuse(credential)
            return
        with self._lock:
            now, seat = self._clock(), self._seats.setdefault(credential, _Seat())
            seat.refused_at = None
            budget = Budget.of_headers(reply.headers, now)
            if budget:
                seat.budgets[reply.headers.get("x-ratelimit-resource", errand.resource)] = budget
            until = limited_until(reply, now)
        is_primary = budget is not None and not budget.remaining and "retry-after" not in reply.headers
        if until is not None and not is_primary:
            self.rest(credential, errand, until)

    def rest(self, credential: Credential, errand: Errand, until: datetime) -> None:
        """Leave it alone for calls of this kind until then."""
        with self._lock:
            self._seats.setdefault(credential, _Seat()).rests[errand.is_write] = until
        log.warning("forge_token_rests", token=credential.name, until=until.isoformat())

    def relieved(self, error: PortError, errand: Errand) -> PortError:
        """The same failure in the light of what other tokens can do: they may go on at once."""
        with self._lock:
            now = self._clock()
            ends = [self._seats[one].free_at(errand, now) for one in self._working(now)]
        if not ends:
            return error
        if isinstance(error, Unauthorized):
            return Unavailable(f"{error.detail}; another token takes over", retry_at=min(ends))
        return RateLimited(error.detail, retry_at=min(ends)) if isinstance(error, RateLimited) else error

    def clean(self, text: str) -> str:
        """The text without any token."""
        for secret in self._secrets.kept():
            text = text.replace(secret, "***")
        return text

    def _working(self, now: datetime) -> list[Credential]:
        known = self.credentials()
        # What is gone is forgotten; should it come back, it is asked like a new one.
        self._seats = {one: self._seats.get(one) or _Seat() for one in known}
        return [one for one in known if not self._seats[one].is_refused(now)]

    def _last_resort(self) -> Credential:
        refused = [(seat.refused_at, one) for one, seat in self._seats.items() if seat.refused_at]
        if not refused:
            raise Unauthorized("no token is set")
        return min(refused, key=lambda pair: pair[0])[1]

    def _reader(self, free: list[Credential], errand: Errand, now: datetime) -> Credential:
        def room(one: Credential) -> int:
            return self._seats[one].room(errand, now)

        best, held = max(free, key=room), self._reading.get(errand.resource)
        if held is None or held not in free or room(best) >= 2 * room(held):
            held = self._reading[errand.resource] = best
        return held

    def _refuse(self, credential: Credential) -> None:
        with self._lock:
            self._seats.setdefault(credential, _Seat()).refused_at = self._clock()
        log.warning("forge_token_refused", token=credential.name)
