"""What an operator must know about each token: whether it is taken, what it may still do, when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from closedloop.adapters.github_client import GithubClient
from closedloop.adapters.github_tokens import TokenPool
from closedloop.ports.errors import NotFound, PortError, Unauthorized

if TYPE_CHECKING:
    from closedloop.adapters.github_tokens import Credential

#: How long before its end a token is worth a warning.
_WARN_BEFORE = timedelta(days=14)
#: Part of the hour's calls below which somebody should know.
_LOW = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    #: Stable word for tests and scripts.
    code: str
    is_ok: bool
    #: What was found.
    text: str
    #: What to do about it; empty when all is well.
    mend: str = ""


def token_findings(client: GithubClient, now: datetime) -> list[Finding]:
    """Ask for the rate limit as each credential of the client in turn; that costs none of it.

    A forge that cannot be reached has no finding here: asking for the repository tells.
    """
    return [
        finding
        for credential in client.tokens.credentials()
        for finding in _findings(credential, client, now)
    ]


def _findings(credential: Credential, client: GithubClient, now: datetime) -> list[Finding]:
    alone = GithubClient(client.config, TokenPool(lambda: (credential,)), is_writer=False)
    try:
        with alone.call("read rate limit"):
            # https://docs.github.com/en/rest/rate-limit/rate-limit
            headers, said = alone.requester.requestJsonAndCheck("GET", "/rate_limit")
            rate = _rate(credential.name, said["resources"])
    except Unauthorized as error:
        mend = "Replace it: it is wrong, expired or revoked."
        return [Finding(code="token", is_ok=False, text=f"{credential.name}: {error.detail}", mend=mend)]
    except NotFound:  # a server of one's own, with its limits switched off
        return [Finding(code="rate", is_ok=True, text=f"{credential.name}: no limit")]
    except PortError:
        return []
    finally:
        alone.close()
    return [rate, *_scopes(credential.name, headers), *_expiry(credential.name, headers, now)]


def _rate(name: str, resources: dict[str, Any]) -> Finding:
    told = {word: resources[word] for word in ("core", "graphql")}
    parts = [
        f"{word} {one['remaining']} of {one['limit']} calls left until "
        f"{datetime.fromtimestamp(one['reset'], tz=UTC):%H:%M} UTC"
        for word, one in told.items()
    ]
    is_ok = all(one["remaining"] >= _LOW * one["limit"] for one in told.values())
    mend = "" if is_ok else "Add a token of another account to GITHUB_TOKENS, or use a GitHub App."
    return Finding(code="rate", is_ok=is_ok, text=f"{name}: {', '.join(parts)}", mend=mend)


def _scopes(name: str, headers: dict[str, Any]) -> list[Finding]:
    """Only classic tokens name their scopes.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    scopes = headers.get("x-oauth-scopes")
    if not scopes:
        return []
    is_enough = bool({"repo", "public_repo"} & {scope.strip() for scope in scopes.split(",")})
    mend = "" if is_enough else "Give the classic token the scope `repo`, or use a fine-grained one."
    return [Finding(code="scopes", is_ok=is_enough, text=f"{name}: scopes {scopes}", mend=mend)]


def _expiry(name: str, headers: dict[str, Any], now: datetime) -> list[Finding]:
    """Read GitHub's header `github-authentication-token-expiration`: 2025-01-08 00:00:00 UTC."""
    told = headers.get("github-authentication-token-expiration", "")
    try:
        ends = datetime.strptime(told.removesuffix(" UTC")[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return []
    is_far = ends - now > _WARN_BEFORE
    mend = "" if is_far else "Make a new token before this one ends."
    return [Finding(code="expiry", is_ok=is_far, text=f"{name}: ends at {ends:%F}", mend=mend)]
