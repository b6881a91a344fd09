"""Replies as GitHub documents them, in our words."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from github import GithubException
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, SSLError

from closedloop.adapters.github_errors import NoGraphql, forge_call, graphql_failure
from closedloop.ports.errors import (
    BadReply,
    Conflict,
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)

NOW = datetime(2025, 1, 1, tzinfo=UTC)
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, …"
NO_RIGHT = "Resource not accessible by personal access token"
PULL_EXISTS = {
    "resource": "PullRequest",
    "code": "custom",
    "message": "A pull request already exists for acme:b.",
}


def clean(text: str) -> str:
    return text.replace("tok", "***")


def raised(status: int, message: str = "", *, is_write: bool = True, **headers: str) -> PortError:
    data = {"message": message} if message else None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(PortError) as caught, forge_call("act", is_write=is_write, clean=clean):
        raise GithubException(status, data, named)
    return caught.value


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Bad credentials", Unauthorized),
        (403, NO_RIGHT, Forbidden),
        (404, "Not Found", NotFound),
        (405, "Base branch was modified. Review and try the merge again.", Refused),
        (405, "Pull Request is not mergeable", Refused),
        (409, "Head branch was modified. Review and try the merge again.", Conflict),
        (422, "Reference already exists", Conflict),
        (422, "Reference does not exist", Refused),
        (403, PRIMARY, RateLimited),
        (403, SECONDARY, RateLimited),
        (429, SECONDARY, RateLimited),
        (408, "", Unavailable),
    ],
)
def test_a_refusal_is_named_by_status_and_text(status: int, message: str, kind: type[PortError]):
    assert type(raised(status, message)) is kind


def test_a_double_pull_request_is_a_conflict_by_its_inner_message():
    body = {"message": "Validation Failed", "errors": [PULL_EXISTS]}
    with pytest.raises(Conflict, match="already exists"), forge_call("open", is_write=True, clean=clean):
        raise GithubException(422, body, {})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_leaves_a_write_unknown_and_a_read_undone(status: int):
    kinds = type(raised(status, is_write=True)), type(raised(status, is_write=False))
    assert kinds == (Unknown, Unavailable)


def test_retry_after_counts_from_now():
    before = datetime.now(UTC)
    error = raised(403, SECONDARY, Retry_After="30")
    assert error.retry_at is not None
    assert timedelta(seconds=30) <= error.retry_at - before < timedelta(seconds=40)


def test_an_empty_window_is_over_at_its_reset():
    reset = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=50)
    error = raised(403, PRIMARY, X_RateLimit_Remaining="0", X_RateLimit_Reset=str(int(reset.timestamp())))
    assert error.retry_at == reset


@pytest.mark.parametrize(
    "told",
    [
        {"Retry_After": "9" * 20},
        {"Retry_After": "90000"},
        {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "9" * 20},
        {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "4102444800"},
    ],
)
def test_no_answer_however_strange_stops_us_for_more_than_two_hours(told: dict[str, Any]):
    error = raised(403, SECONDARY, **told)
    assert error.retry_at is not None
    assert timedelta(hours=1) < error.retry_at - datetime.now(UTC) <= timedelta(hours=2)


def test_a_secondary_limit_without_headers_waits_a_minute():
    before = datetime.now(UTC)
    error = raised(403, SECONDARY)
    assert error.retry_at is not None
    assert error.retry_at - before >= timedelta(minutes=1)


def test_a_permission_error_with_calls_left_is_no_rate_limit():
    assert type(raised(403, NO_RIGHT, X_RateLimit_Remaining="4999")) is Forbidden


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), Unavailable),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), Unknown),
        (ssl.SSLError(1, "decryption failed or bad record mac"), Unknown),
    ],
)
def test_encryption_that_breaks_off_may_have_done_so_after_the_request(cause: ssl.SSLError, kind: type):
    reason = MaxRetryError(HTTPSConnectionPool("forge.test"), "/", SSLError(cause))
    with pytest.raises(PortError) as caught, forge_call("act", is_write=True, clean=clean):
        raise requests.exceptions.SSLError(reason)
    assert type(caught.value) is kind


def test_no_detail_repeats_the_token():
    error = raised(422, "tok is not welcome")
    assert (error.detail, error.__cause__) == ("act: 422 *** is not welcome", None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, RateLimited),
        ({"message": SECONDARY}, RateLimited),
        ({"type": "FORBIDDEN", "message": NO_RIGHT}, Forbidden),
        ({"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}, NotFound),
        ({"message": "Something went wrong while executing your query."}, Unavailable),
        ({"message": "Field 'x' doesn't exist on type 'PullRequest'"}, NoGraphql),
        ({"message": ""}, BadReply),
    ],
)
def test_graphql_errors_come_with_status_200(error: dict[str, Any], kind: type[PortError]):
    assert type(graphql_failure([error], {}, now=NOW)) is kind
