"""The same stage for every forge: the three ports, and hands that do what others do."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from closedloop.adapters.git_bases import GitTools
from closedloop.adapters.git_cache import GitCache
from closedloop.adapters.git_program import find_git
from closedloop.adapters.git_push import GitPush
from closedloop.adapters.git_remote import GitRemote
from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_discussion import GithubDiscussion
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.adapters.github_reader import GithubContentReader, GithubPullReader
from closedloop.adapters.github_writer import GithubWriter
from closedloop.ports.errors import Unknown
from closedloop.ports.forge import CheckOutcome, ContentReader, ForgeWriter, Mergeable, PullReader, PullView
from tests.contracts.adapters.sandbox_process import ADMIN_TOKEN, Sandbox
from tests.fakes import FakeForge
from tests.fakes.discussion import FakeDiscussion
from tests.unit.adapters.rigs import pool_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from closedloop.adapters.github_tokens import TokenPool
    from closedloop.ports.discussion import Discussion
    from closedloop.ports.git import GitTransport

#: What every stage's main branch holds at first.
FAQ = "# FAQ\n\n## Billing\n\nOld answer.\n\n## Access\n\nAsk your admin.\n"
FILES = {
    "docs/FAQ.md": FAQ,
    "docs/grüße.md": "Grüße, 你好\n",
    "docs-old/x.md": "old\n",
    "app.py": "print()\n",
}
_DEADLINE_S = 10


class ForgeStage(Protocol):
    """A forge with one small repository, and everybody else's hands."""

    content: ContentReader
    pulls: PullReader
    writer: ForgeWriter
    git: GitTransport
    discussion: Discussion

    def push(self, branch: str, files: Mapping[str, str]) -> str: ...
    def report(self, sha: str, name: str, outcome: CheckOutcome) -> None: ...
    def require(self, *names: str) -> None: ...
    def lose_answer(self, method: str) -> None: ...
    def labels(self, number: int) -> set[str]: ...
    def message(self, sha: str) -> str: ...
    def close(self) -> None: ...


def settled(stage: ForgeStage, number: int) -> PullView:
    """Look until the forge has computed whether the pull request merges."""
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        view = stage.pulls.look_at([number])[number]
        if view.mergeable is not Mergeable.UNKNOWN:
            return view
    raise AssertionError("mergeable was never computed")


class FakeStage:
    """FakeForge with its world's wheels."""

    def __init__(self) -> None:
        self._forge = FakeForge(FILES, required=(), ci=None)
        self.world = self._forge.world
        self.content: ContentReader = self._forge
        self.pulls: PullReader = self._forge
        self.writer: ForgeWriter = self._forge
        self.git: GitTransport = self._forge
        self.discussion: Discussion = FakeDiscussion(self._forge.world, self._forge.script)

    def push(self, branch: str, files: Mapping[str, str]) -> str:
        return self._forge.world.push(branch, files)

    def report(self, sha: str, name: str, outcome: CheckOutcome) -> None:
        self._forge.world.report(sha, name, outcome)

    def require(self, *names: str) -> None:
        self._forge.world.require(*names)

    def lose_answer(self, method: str) -> None:
        self._forge.script.arm(method, Unknown("the answer was lost"), after_effect=True)

    def labels(self, number: int) -> set[str]:
        return set(self._forge.world.pulls[number].labels)

    def message(self, sha: str) -> str:
        return self._forge.world.repository.commits[sha].message

    def close(self) -> None:
        """Hold nothing open."""


_EFFECT_ROUTES = {
    "publish_branch": "POST /repos/*/git/refs",
    "open_pull": "POST /repos/*/pulls",
    "merge_pull": "PUT /repos/*/pulls/*/merge",
    "open_issue": "POST /repos/*/issues",
    "add_comment": "POST /repos/*/issues/*/comments",
    "create_tag": "POST /repos/*/git/refs",
    "close_pull": "PATCH /repos/*/pulls/*",
    "delete_branch": "DELETE /repos/*/git/refs/*",
}
_PUSHED = {"publish_branch", "create_tag", "delete_branch"}
_PUSH_ROUTE = "POST /*/git-receive-pack"
_STATES = {CheckOutcome.SUCCESS: "success", CheckOutcome.FAILURE: "failure", CheckOutcome.PENDING: "pending"}


def git_push(config: GithubConfig, cache: Path, tokens: TokenPool, *, act_s: float = 20) -> GitPush:
    """The adapter on a cache of its own."""
    return GitPush(git_tools(config, cache, tokens, act_s=act_s))


def git_tools(
    config: GithubConfig,
    cache: Path,
    tokens: TokenPool | None = None,
    *,
    act_s: float = 20,
    base_url: str = "",
) -> GitTools:
    """Git on a cache of its own, as the administrator if nobody else is named."""
    program = find_git()
    assert program is not None, "the contract tests need git"
    config = replace(config, base_url=base_url or config.base_url)
    remote = GitRemote(config, tokens or pool_of(ADMIN_TOKEN))
    return GitTools(program=program, cache=GitCache(cache, remote.url, program), remote=remote, act_s=act_s)


class GithubStage:
    """The GitHub adapters against a repository of their own in the sandbox; by git if there is a cache."""

    def __init__(self, sandbox: Sandbox, cache: Path | None = None) -> None:
        self._sandbox = sandbox
        self._repository = sandbox.new_repository(FILES)
        self.config = config = GithubConfig(repository=self._repository, base_url=sandbox.api_url)
        tokens = pool_of(ADMIN_TOKEN)
        self._reads = GithubClient(config, tokens, is_writer=False)
        self._writes = GithubClient(config, tokens, is_writer=True)
        self.content: ContentReader = GithubContentReader(self._reads)
        self.pulls: PullReader = GithubPullReader(self._reads)
        self.writer: ForgeWriter = GithubWriter(writes=self._writes, reads=self._reads)
        self._by_git = cache is not None
        self.git: GitTransport
        if cache is None:
            self.git = GithubGitData(writes=self._writes, reads=self._reads)
        else:
            self.git = git_push(config, cache, tokens)
        self.discussion: Discussion = GithubDiscussion(writes=self._writes, reads=self._reads)

    def push(self, branch: str, files: Mapping[str, str]) -> str:
        if self.content.branch_sha(branch) is None:
            main = self.content.branch_sha("main")
            self.call("POST", "/git/refs", ref=f"refs/heads/{branch}", sha=main)
        put = self._sandbox.put_file
        return [put(self._repository, path, text, branch=branch) for path, text in files.items()][-1]

    def report(self, sha: str, name: str, outcome: CheckOutcome) -> None:
        self.call("POST", f"/statuses/{sha}", state=_STATES[outcome], context=name)

    def require(self, *names: str) -> None:
        self.call(
            "PUT",
            "/branches/main/protection",
            required_status_checks={"strict": False, "contexts": list(names)},
            enforce_admins=True,
            required_pull_request_reviews=None,
            restrictions=None,
        )

    def lose_answer(self, method: str) -> None:
        is_pushed = self._by_git and method in _PUSHED
        self._sandbox.arm("drop_after", _PUSH_ROUTE if is_pushed else _EFFECT_ROUTES[method])

    def labels(self, number: int) -> set[str]:
        return {label["name"] for label in self.call("GET", f"/issues/{number}")["labels"]}

    def message(self, sha: str) -> str:
        return str(self.call("GET", f"/git/commits/{sha}")["message"])

    def close(self) -> None:
        self._reads.close()
        self._writes.close()

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Send a REST request about the repository as its administrator."""
        return self._sandbox.call(method, f"/repos/{self._repository}{path}", **body)


def as_other(
    stage: GithubStage, cache: Path, token: str, *, act_s: float = 20, base_url: str = ""
) -> GitPush:
    """The transport as somebody else, or to somewhere else."""
    config = replace(stage.config, base_url=base_url or stage.config.base_url)
    return git_push(config, cache, pool_of(token), act_s=act_s)
