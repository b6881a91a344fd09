"""GitHub's refusals and failures in our words.

Sources: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from ssl import SSLCertVerificationError
from typing import TYPE_CHECKING, Any

from closedloop.adapters.github_limits import Reply, is_limit_text, limited_until, retry_at
from closedloop.ports.errors import (
    BadReply,
    Conflict,
    Forbidden,
    Moved,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Longest detail kept of a reply.
_SHOWN = 300
#: Parts of a 422 message that mean "it is there already"; GitHub gives some of them no error code.
_EXISTS_WORDS = ("already exists", "already_exists")

_KINDS: dict[int, type[PortError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    451: Forbidden,
}


class NoGraphql(BadReply):
    """The forge has no GraphQL for us, or an older one that does not know what we ask for."""


class Redirected(Exception):  # noqa: N818 - what happened, not yet what it means
    """The forge points elsewhere with this status; nobody followed."""


@contextmanager
def forge_call(what: str, *, is_write: bool, clean: Callable[[str], str]) -> Iterator[None]:
    """Let only PortErrors out of a block that calls GitHub.

    `what` names the act for operators; `clean` cuts tokens out of every detail, should a reply repeat one.
    """
    import requests  # noqa: PLC0415 - a vendor's module is paid for when it is used
    from github import BadAttributeException, GithubException  # noqa: PLC0415

    try:
        yield
    except GithubException as error:
        reply = Reply(status=error.status, headers=_lower(error.headers), body=error.data)
        failure = _classify_reply(reply, is_write=is_write, now=datetime.now(UTC))
    except Redirected as redirect:
        failure = _moved(redirect)
    except requests.RequestException as error:
        failure = _classify_transport(error, is_write=is_write)
    except (
        BadAttributeException,
        AssertionError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
    ) as error:
        # A reply that does not hold what the documents promise: HTML, cut JSON, a redirect elsewhere, or
        # (PyGithub asserts that) a next page on another host.
        failure = _unusable(type(error).__name__, is_write=is_write)
    else:
        return
    detail = clean(f"{what}: {failure.detail}")[:_SHOWN]
    # The vendor's exception is not chained: it carries the request with its credentials.
    raise type(failure)(detail, retry_at=failure.retry_at) from None


def graphql_failure(errors: object, headers: Mapping[str, str], *, now: datetime) -> PortError:
    """Classify the `errors` of a GraphQL answer that comes with status 200.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    found = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    detail = "; ".join(str(error.get("message", error)) for error in found)
    kinds = {str(error.get("type")) for error in found}
    if "RATE_LIMITED" in kinds or is_limit_text(detail):
        return RateLimited(detail, retry_at=retry_at(headers, now))
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return Forbidden(detail)
    if "NOT_FOUND" in kinds:
        return NotFound(detail)
    # The schema's own refusals carry no type; GitHub's inner time-outs say so only in words.
    if _has_any(detail, ("something went wrong", "timeout", "timed out")):
        return Unavailable(detail)
    return NoGraphql(detail) if detail else BadReply("errors without a message")


def _classify_reply(reply: Reply, *, is_write: bool, now: datetime) -> PortError:
    message = _message(reply.body)
    detail = f"{reply.status} {message}".strip()
    if (until := limited_until(reply, now)) is not None:
        return RateLimited(detail, retry_at=until)
    if reply.status >= 500:  # noqa: PLR2004 - the server's errors by definition
        return Unknown(detail) if is_write else Unavailable(detail)
    if reply.status == 408:  # noqa: PLR2004 - the server gave up reading the request
        return Unavailable(detail)
    if reply.status == 422 and _has_any(f"{message} {reply.body}", _EXISTS_WORDS):  # noqa: PLR2004
        return Conflict(detail)
    return _KINDS.get(reply.status, Refused)(detail)


def _moved(redirect: Redirected) -> Moved:
    """Name what an operator has to set: a renamed or transferred repository is not followed.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    return Moved(f"{redirect}: the repository was renamed or transferred; set GITHUB_REPO to its new name")


def _classify_transport(error: Exception, *, is_write: bool) -> PortError:
    kind = type(error).__name__
    if not is_write or _is_before_sending(error):
        return Unavailable(f"no answer ({kind})")
    return Unknown(f"the answer was lost ({kind})")


def _is_before_sending(error: Exception) -> bool:
    """Whether the connection was never made, so that the request cannot have arrived."""
    import requests  # noqa: PLC0415
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, SSLError  # noqa: PLC0415

    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause: Any = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, SSLError):
        # Encryption may break off at any time; only a certificate is judged before anything is sent.
        return any(isinstance(inner, SSLCertVerificationError) for inner in reason.args)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError, ProxyError))


def _unusable(kind: str, *, is_write: bool) -> PortError:
    if is_write:
        return Unknown(f"the answer cannot be used ({kind})")
    return BadReply(f"the answer cannot be used ({kind})")


def _message(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    said = str(body.get("message") or "")
    errors = body.get("errors")
    causes = [_cause(error) for error in errors] if isinstance(errors, list) else []
    return "; ".join(part for part in (said, *causes) if part)


def _cause(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or error.get("code") or "")


def _lower(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (headers or {}).items()}


def _has_any(text: str, words: tuple[str, ...]) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in words)
