"""What GitHub's answers say of its limits. Pure.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: "Otherwise, wait for at least one minute before retrying" (secondary limits).
_SECONDARY_WAIT = timedelta(minutes=1)
#: Its windows are an hour long. Who asks after this is refused once more at worst, whatever was said before;
#: who believed a broken clock would write nothing for years.
_LONGEST_WAIT = timedelta(hours=2)
#: Digits read of a number: more are nonsense, and would overflow a date.
_DIGITS = 10
_LIMIT_WORDS = ("rate limit", "abuse detection")
#: Calls per hour of a person's token, taken for granted until an answer tells more.
_USUAL_LIMIT = 5000
_FORBIDDEN, _TOO_MANY = 403, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, as far as limits and refusals are concerned."""

    status: int
    #: Header names in lower case.
    headers: Mapping[str, str]
    #: Parsed JSON, or whatever came instead.
    body: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a call is about, for the limits: they are counted apart."""

    #: As GitHub names it: core or graphql.
    resource: str
    is_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The primary limit of one token on one resource, as it was last told."""

    remaining: int
    limit: int
    #: End of the hour in which `remaining` holds.
    reset_at: datetime

    @classmethod
    def of_headers(cls, headers: Mapping[str, str], now: datetime) -> Budget | None:
        """Read the `x-ratelimit-*` headers; None where they are missing, as on some servers."""
        named = [headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "limit", "reset")]
        if not all(value.isdecimal() for value in named):
            return None
        remaining, limit, reset = (int(value[:_DIGITS]) for value in named)
        reset_at = min(datetime.fromtimestamp(reset, tz=UTC), now + _LONGEST_WAIT)
        return cls(remaining=remaining, limit=limit, reset_at=reset_at)

    @classmethod
    def unknown(cls, now: datetime) -> Budget:
        """The budget of a token that was never used."""
        return cls(remaining=_USUAL_LIMIT, limit=_USUAL_LIMIT, reset_at=now)

    def room(self, now: datetime) -> int:
        """Calls left now; a window that is over is full again."""
        return self.remaining if now < self.reset_at else self.limit


def is_limit_text(text: str) -> bool:
    """Whether GitHub's words name a limit."""
    lowered = text.lower()
    return any(word in lowered for word in _LIMIT_WORDS)


def limited_until(reply: Reply, now: datetime) -> datetime | None:
    """When a refused call may be tried again; None when it was not a limit that refused it."""
    is_told = "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"
    message = str(reply.body.get("message") or "") if isinstance(reply.body, dict) else ""
    is_limit = reply.status == _FORBIDDEN and (is_told or is_limit_text(message))
    return retry_at(reply.headers, now) if is_limit or reply.status == _TOO_MANY else None


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """Follow the documented order: Retry-After, then the reset of an empty window, then one minute."""
    return min(_said_retry_at(headers, now), now + _LONGEST_WAIT)


def _said_retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return now + timedelta(seconds=int(after[:_DIGITS]))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(now, datetime.fromtimestamp(int(reset[:_DIGITS]), tz=UTC))
    return now + _SECONDARY_WAIT
