"""The model vendor's failures in our words.

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from closedloop.ports.errors import (
    BadReply,
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai import APIStatusError

#: Longest detail kept of a reply.
_SHOWN = 300
#: Wait where a 429 does not say how long.
_USUAL_WAIT = timedelta(seconds=1)
#: Longer ones overflow a date sooner or later; nobody waits even for this one.
_LONGEST_WAIT_S, _SECOND = 24 * 60 * 60, timedelta(seconds=1)
_KINDS: dict[int, type[PortError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    409: Unavailable,
    429: RateLimited,
}


@contextmanager
def model_call(*, secret: str, now: datetime) -> Iterator[None]:
    """Let only PortErrors out of a block that calls the model; `secret` is cut out of every detail."""
    import openai  # noqa: PLC0415 - a vendor's module is paid for when it is used

    try:
        yield
    except openai.APITimeoutError:
        failure: PortError = Unavailable("the model did not answer in time")
    except openai.APIStatusError as error:
        failure = _classify(error, now)
    except openai.APIConnectionError as error:
        failure = Unavailable(f"the model cannot be reached ({type(error.__cause__ or error).__name__})")
    except (openai.OpenAIError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Cut JSON, HTML with status 200, fields of other types than documented.
        failure = BadReply(f"the model's answer cannot be used ({type(error).__name__})")
    else:
        return
    detail = failure.detail.replace(secret or "\0", "***")[:_SHOWN]
    # The vendor's exception is not chained: it carries the request with its credentials.
    raise type(failure)(detail, retry_at=failure.retry_at) from None


def _classify(error: APIStatusError, now: datetime) -> PortError:
    detail = f"{error.status_code} {error.message}"
    if error.status_code == 429 and error.code == "insufficient_quota":  # noqa: PLR2004 - Too Many Requests
        return Forbidden(detail)  # somebody has to pay; waiting does not help
    kind = _KINDS.get(error.status_code)
    if kind is RateLimited:
        return RateLimited(detail, retry_at=_retry_at(error, now))
    if kind is None:
        kind = Unavailable if error.status_code >= 500 else Refused  # noqa: PLR2004 - the server's errors
    return kind(detail)


def _retry_at(error: APIStatusError, now: datetime) -> datetime:
    after = error.response.headers.get("retry-after", "")
    return now + (min(float(after), _LONGEST_WAIT_S) * _SECOND if _is_number(after) else _USUAL_WAIT)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
