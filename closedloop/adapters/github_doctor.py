"""What an operator must know about the token and the repository before the loop can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closedloop.adapters.github_doctor_tokens import Finding, token_findings
from closedloop.adapters.github_errors import NoGraphql
from closedloop.adapters.github_graphql import pulls_query
from closedloop.ports.errors import Forbidden, NotFound, PortError

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.adapters.github_client import GithubClient
    from closedloop.adapters.github_reader import GithubPullReader

__all__ = ["Finding", "GithubDoctor"]

#: Read permissions and an address that needs each; write permissions show only when they are used.
#: https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
_READS = (
    ("contents: read", "/commits?per_page=1"),
    ("pull_requests: read", "/pulls?per_page=1"),
    ("issues: read", "/issues?per_page=1"),
    ("checks: read", "/commits/{branch}/check-runs?per_page=1"),
    ("statuses: read", "/commits/{branch}/status?per_page=1"),
)

_AGAIN = "Run the doctor again; if it stays, read the forge's status page."


class GithubDoctor:
    """Asks GitHub, changes nothing."""

    def __init__(self, client: GithubClient, pulls: GithubPullReader) -> None:
        self._client = client
        self._pulls = pulls

    def check_access(self, *, branch: str, smoke_checks: tuple[str, ...], now: datetime) -> list[Finding]:
        """Check tokens, repository, permissions and protection of `branch`, in this order.

        `smoke_checks` are the only checks a hotfix waits for. Never raises a PortError.
        """
        tokens = token_findings(self._client, now)
        try:
            with self._client.call("read repository"):
                # https://docs.github.com/en/rest/repos/repos#get-a-repository
                path = self._client.path("")
                _, repository = self._client.requester.requestJsonAndCheck("GET", path)
        except PortError as error:
            return [*tokens, _unreachable(error, self._client.config.repository)]
        return [
            *tokens,
            Finding(code="repository", is_ok=True, text=f"{self._client.config.repository} can be read"),
            *_repository_findings(repository),
            *(self._permission(name, path.format(branch=branch)) for name, path in _READS),
            self._graphql(),
            *self._protection(branch, smoke_checks),
        ]

    def _permission(self, name: str, path: str) -> Finding:
        try:
            self._client.read(f"check {name}", self._client.path(path))
        except (Forbidden, NotFound) as error:
            mend = f"Grant the token `{name}` on the repository."
            return Finding(
                code="permission", is_ok=False, text=f"{name} is missing: {error.detail}", mend=mend
            )
        except PortError as error:
            return Finding(code="permission", is_ok=False, text=error.detail, mend=_AGAIN)
        return Finding(code="permission", is_ok=True, text=f"{name} is granted")

    def _graphql(self) -> Finding:
        try:
            self._client.ask("check GraphQL", pulls_query([1]))
        except NoGraphql as error:
            text = f"no GraphQL ({error.detail}): looks cost three requests each, nothing is queued"
            mend = "Let requests through to its address beside GITHUB_API_URL, or update the forge."
            return Finding(code="graphql", is_ok=False, text=text, mend=mend)
        except PortError as error:
            return Finding(code="graphql", is_ok=False, text=error.detail, mend=_AGAIN)
        return Finding(code="graphql", is_ok=True, text="GraphQL tells of all pull requests at once")

    def _protection(self, branch: str, smoke_checks: tuple[str, ...]) -> list[Finding]:
        try:
            required = self._pulls.required_checks(branch)
        except PortError as error:
            mend = f"Let a branch {branch} exist and grant the token `contents: read`."
            return [Finding(code="protection", is_ok=False, text=error.detail, mend=mend)]
        names = [check.name for check in required.checks]
        blocking = sorted(set(names) - set(smoke_checks)) if required.is_enforced else []
        return [_readable(branch, names, is_readable=required.is_readable), _hotfix(blocking)]


def _unreachable(error: PortError, repository: str) -> Finding:
    mends = {
        "unauthorized": "Replace the token: it is wrong, expired or revoked.",
        "not_found": f"Check the name {repository} and give the token access to it.",
        "forbidden": "Grant the token `metadata: read` on the repository.",
        "repository_moved": "Set GITHUB_REPO to the repository's new name.",
        "rate_limited": "Wait for the rate limit, or use another token.",
    }
    mend = mends.get(error.code, "Check the base address and the network between here and the forge.")
    return Finding(code="repository", is_ok=False, text=error.detail, mend=mend)


def _repository_findings(repository: dict[str, Any]) -> list[Finding]:
    can_push = bool((repository.get("permissions") or {}).get("push"))
    is_archived = bool(repository.get("archived"))
    return [
        Finding(
            code="push",
            is_ok=can_push and not is_archived,
            text="the repository is archived" if is_archived else f"may push: {can_push}",
            mend="" if can_push else "Grant the token `contents: write` and `pull_requests: write`.",
        ),
    ]


def _readable(branch: str, names: list[str], *, is_readable: bool) -> Finding:
    if not is_readable:
        mend = "Name the required checks in the settings, or grant the token `administration: read`."
        text = f"the protection of {branch} cannot be read in full"
        return Finding(code="protection", is_ok=False, text=text, mend=mend)
    if not names:
        mend = "Protect the branch with a required check, or name checks in the settings."
        return Finding(code="protection", is_ok=False, text=f"{branch} requires no check", mend=mend)
    return Finding(code="protection", is_ok=True, text=f"{branch} requires {', '.join(names)}")


def _hotfix(blocking: list[str]) -> Finding:
    if blocking:
        text = f"a hotfix cannot be merged after smoke checks alone: {', '.join(blocking)} bind it too"
        mend = "Let the token's account bypass the protection, or accept the longer time to roll back."
        return Finding(code="hotfix", is_ok=False, text=text, mend=mend)
    return Finding(code="hotfix", is_ok=True, text="a hotfix can be merged after smoke checks alone")
