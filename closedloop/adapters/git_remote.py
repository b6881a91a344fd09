"""Git's talks with the forge: as whom, and what their failures mean."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from closedloop.adapters.breaker import NullBreaker
from closedloop.adapters.git_answers import Failure, Unseen, push_failure, read_failure
from closedloop.adapters.git_program import GitRun
from closedloop.adapters.github_limits import Errand, Reply, limited_until
from closedloop.ports.errors import PortError, RateLimited, Unauthorized, Unavailable
from closedloop.ports.traffic import Kind, NullTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.adapters.breaker import Breaker
    from closedloop.adapters.git_program import GitAnswer, LocalGit
    from closedloop.adapters.github_client import GithubConfig
    from closedloop.adapters.github_tokens import Credential, TokenPool
    from closedloop.ports.traffic import Tally

#: Git has limits of its own, apart from those of REST and GraphQL.
_ERRAND = Errand(resource="git", is_write=True)
#: Longest detail kept of what was said.
_SHOWN = 300
_OK = 200


def git_address(config: GithubConfig) -> str:
    """The repository's address for git, beside the REST base: api.github.com → github.com.

    On GitHub Enterprise Server REST lives below `/api/v3` of the same host.
    """
    server = urlsplit(config.base_url)
    host = server.netloc.rpartition("@")[2]
    if not server.path.strip("/"):
        host = host.removeprefix("api.")
    return f"{server.scheme}://{host}/{config.repository}.git"


class GitRemote:
    """The repository on the forge, as git reaches it. Repeats nothing that was sent."""

    def __init__(
        self,
        config: GithubConfig,
        tokens: TokenPool,
        breaker: Breaker | NullBreaker | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.url = git_address(config)
        self._tally = tally or NullTally()
        self._tokens = tokens
        self._breaker = breaker or NullBreaker()

    def read(self, what: str, run: GitRun, local: LocalGit) -> GitAnswer:
        """Let git ask the remote `origin`. Raises PortErrors when the forge is to blame, and only then.

        The address is given to this run alone and written nowhere: a later run that misses something cannot
        go and fetch it by itself.
        """
        run = replace(run, settings={**run.settings, "remote.origin.url": self.url})
        return self._talk(what, run, local, read_failure)

    def has(self, ref: str, local: LocalGit) -> bool:
        """Whether the remote end shows such a ref now. Raises as `read` does."""
        answer = self.read("look for branch", GitRun(arguments=("ls-remote", "origin", ref)), local)
        if answer.code != 0:
            raise Unavailable(f"look for branch: git ended with {answer.code}")
        return bool(answer.out.strip())

    def push(self, what: str, refspec: str, local: LocalGit, *, old_sha: str = "") -> None:
        """Push one ref, or `:ref` to delete it, on condition that it is at `old_sha`; empty: is not there.

        https://git-scm.com/docs/git-push
        """
        ref, is_deletion = refspec.rpartition(":")[2], refspec.startswith(":")
        condition = f"--force-with-lease={ref}:{old_sha}"
        command = ("push", "--atomic", "--porcelain", "--no-verify", "-v", condition, self.url, refspec)
        run = GitRun(arguments=command)

        def judge(answer: GitAnswer) -> Failure | None:
            return push_failure(answer, ref, is_deletion=is_deletion)

        try:
            self._talk(what, run, local, judge)
        except Unseen:
            # The branch that ended in our base moved on meanwhile. Whether the forge has the base is asked
            # expressly then; that takes two more requests, so it is not done from the beginning. Or git wants
            # to send differences to a file of another commit that both ends have, one that was tagged: such
            # files it may fetch for itself.
            settings = {"push.negotiate": "true", "remote.origin.url": self.url}
            self._talk(what, replace(run, settings=settings, is_lazy=True), local, judge)

    def _talk(
        self, what: str, run: GitRun, local: LocalGit, judge: Callable[[GitAnswer], Failure | None]
    ) -> GitAnswer:
        try:
            with self._breaker.guard():
                credential = self._tokens.pick(_ERRAND)
                secret = self._tokens.secret_of(credential)
                signed = replace(run, settings={**run.settings, **self._signature(secret)})
                self._tally.count(Kind.GIT_PUSH if "push" in run.arguments else Kind.GIT_FETCH)
                answer = local.run(signed)
                if failure := judge(answer):
                    raise self._learnt(credential, failure, what, secret)
                self._tokens.note(credential, _ERRAND, Reply(status=_OK, headers={}, body=None))
                return answer
        except (RateLimited, Unauthorized) as error:
            raise self._tokens.relieved(error, _ERRAND) from None

    def _signature(self, secret: str) -> dict[str, str]:
        """The header that says who we are, for this server alone.

        https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
        https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpextraHeader
        """
        server = urlsplit(self.url)
        name = f"http.{server.scheme}://{server.netloc}/.extraHeader"
        return {name: f"Authorization: Basic {_encoded(secret)}"}

    def _learnt(self, credential: Credential, failure: Failure, what: str, secret: str) -> PortError:
        """The error of a failure, after the pool has heard of it."""
        reply = Reply(status=failure.status, headers={}, body={"message": failure.detail})
        if failure.status:
            self._tokens.note(credential, _ERRAND, reply)
        until = limited_until(reply, datetime.now(UTC))
        text = f"{what}: {failure.detail}".replace(_encoded(secret), "***")
        kind = failure.kind if until is None else RateLimited
        return kind(self._tokens.clean(text)[:_SHOWN], retry_at=until)


def _encoded(secret: str) -> str:
    return base64.b64encode(f"x-access-token:{secret}".encode()).decode()
