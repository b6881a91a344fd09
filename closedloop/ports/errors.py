"""What may go wrong at the edge of the system, in our own words.

Adapters raise only these. The class says who has to act and whether the act may have happened:
`Unknown` is the one error after which an effect must be looked up before anything is tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class PortError(Exception):
    """The other side could not do what was asked."""

    #: Stable word for rows, logs and screens.
    code = "port_error"
    #: Whether trying the same call again later can help without a person.
    is_transient = False

    def __init__(self, detail: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_at = retry_at


class Unavailable(PortError):  # noqa: N818 - read as the state of the other side
    """The other side did not accept the call; it certainly has no effect."""

    code = "unavailable"
    is_transient = True


class CircuitOpen(Unavailable):
    """Too many calls in a row got no answer: none is sent before `retry_at`."""


class Unknown(PortError):  # noqa: N818
    """The call may or may not have had its effect; look it up before acting again."""

    code = "unknown_outcome"
    is_transient = True


class RateLimited(PortError):  # noqa: N818
    """The other side asks us to slow down; `retry_at` says until when."""

    code = "rate_limited"
    is_transient = True


class Unauthorized(PortError):  # noqa: N818
    """The credentials are wrong or expired: an operator must replace them."""

    code = "unauthorized"


class Forbidden(PortError):  # noqa: N818
    """The credentials are right but lack a permission: an operator must grant it."""

    code = "forbidden"


class NotFound(PortError):  # noqa: N818
    """The thing is not there (just after creation this can be a passing state)."""

    code = "not_found"


class Moved(PortError):  # noqa: N818
    """What is named lives elsewhere now: an operator must name it anew. Nothing was done over there."""

    code = "repository_moved"


class Conflict(PortError):  # noqa: N818
    """The other side's state differs from what the call was conditional on."""

    code = "conflict"


class Refused(PortError):  # noqa: N818
    """The other side understood the call and refuses it as invalid."""

    code = "refused"


class AlreadyClean(Refused):
    """There is nothing to wait for: what was asked for later can be done now."""


class BadReply(PortError):  # noqa: N818
    """The other side answered with something that cannot be used."""

    code = "bad_reply"
