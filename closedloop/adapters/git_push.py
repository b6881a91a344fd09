"""GitTransport by the git program: whatever a batch holds goes up in one push, which costs no REST request.

Publishing a branch:

1. The base commit is fetched into the cache unless it is there: that commit alone, its folders, and of its
   files those that will change (a push sends differences to them).
2. The commits are made in the cache by one `git fast-import`. Nothing but the drafts' files changes.
3. One push, on condition that the branch does not exist: the only effect.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import structlog

from closedloop.adapters.git_answers import Slow, Spoilt
from closedloop.adapters.git_program import Deadline, GitRun, LocalGit
from closedloop.adapters.git_stream import commit_stream, read_entries, read_shas
from closedloop.ports.errors import NotFound, Refused, Unavailable
from closedloop.ports.forge import BranchHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.adapters.git_cache import GitCache
    from closedloop.adapters.git_program import GitProgram
    from closedloop.adapters.git_remote import GitRemote
    from closedloop.ports.forge import BranchDraft

log = structlog.get_logger(__name__)

_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
#: What was fetched, by name: the next fetch tells the forge, which then sends differences.
_BASES = "refs/closedloop/base"
_FETCH = ("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "--no-write-fetch-head")
#: Modes of what has a content: files and symbolic links.
_FILES = ("100", "120")
_SHOWN = 200
T = TypeVar("T")


class _Broken(Exception):  # noqa: N818 - the state a cache is in
    """A cache does not do what a whole one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitTools:
    """What a push needs."""

    program: GitProgram
    cache: GitCache
    remote: GitRemote
    #: Seconds for one act, fetch and push together; below the lease of whoever acts.
    act_s: float


class GitPush:
    """See GitTransport."""

    #: What arrives by git is not counted among the requests that create content.
    ref_writes = 0

    def __init__(self, tools: GitTools) -> None:
        self._program, self._cache, self._remote = tools.program, tools.cache, tools.remote
        self._act_s = tools.act_s

    def branch_writes(self, commits: int) -> int:  # noqa: ARG002 - the other way costs by it
        """See GitTransport."""
        return 0

    def publish_branch(self, draft: BranchDraft) -> BranchHead:
        """See GitTransport."""
        local, shas = self._with_base(draft.base_sha, lambda local: self._commit(draft, local))
        head = shas[-1] if shas else draft.base_sha
        self._push("publish branch", f"{head}:refs/heads/{draft.name}", local)
        return BranchHead(head_sha=head, commit_shas=shas)

    def create_tag(self, name: str, sha: str) -> None:
        """See GitTransport."""
        try:
            local, _ = self._with_base(sha, lambda _: ())
        except NotFound as error:
            raise Refused(error.detail) from None
        self._push("create tag", f"{sha}:refs/tags/{name}", local)

    def delete_branch(self, name: str) -> None:
        """See GitTransport."""
        deadline = Deadline(self._act_s)
        folder = self._cache.newest(deadline)
        local = LocalGit(program=self._program, folder=folder, deadline=deadline)
        self._push("delete branch", f":refs/heads/{name}", local)

    def _with_base(self, sha: str, work: Callable[[LocalGit], T]) -> tuple[LocalGit, T]:
        """Work in a cache that holds the commit; one that turns out to be broken is replaced, once."""
        if not _SHA.fullmatch(sha) or not sha.strip("0"):
            raise NotFound(f"there is no commit {sha!r}")
        deadline, why = Deadline(self._act_s), ""
        folder = self._cache.newest(deadline)
        for _ in range(2):
            local = LocalGit(program=self._program, folder=folder, deadline=deadline)
            try:
                self._fetch(sha, local)
                return local, work(local)
            except _Broken as broken:
                why = str(broken)
                log.warning("git_cache_broken", why=why)
                folder = self._cache.instead_of(folder, deadline)
        raise Unavailable(f"the git cache cannot be used: {why}")

    def _fetch(self, sha: str, local: LocalGit) -> None:
        ref = f"{_BASES}/{sha}"
        if _holds(ref, local):
            return
        with self._cache.locked(local.deadline):
            if _holds(ref, local):
                return
            if self._cache.is_worn(local.folder):
                raise _Broken("it is worn")
            # Git would look for what it lacks by fetching, and in that by fetching, and so on.
            _inside(local, GitRun(arguments=("for-each-ref", "--format=%(tree)", _BASES)))
            run = GitRun(arguments=(*_FETCH, "origin", f"+{sha}:{ref}"))
            try:
                self._remote.read("fetch base", run, local)
            except Slow:
                self._cache.wear_out(local.folder)
                raise
        if not _holds(ref, local):
            raise _Broken("it does not keep what is fetched")

    def _commit(self, draft: BranchDraft, local: LocalGit) -> tuple[str, ...]:
        if not draft.commits:
            return ()
        paths = sorted({path for commit in draft.commits for path in commit.files})
        listed = _inside(local, GitRun(arguments=("ls-tree", "-z", draft.base_sha, "--", *paths)))
        entries = read_entries(listed)
        self._fetch_files([sha for mode, sha in entries.values() if mode.startswith(_FILES)], local)
        modes = {path: mode for path, (mode, _) in entries.items()}
        stream = commit_stream(draft, modes, ref=f"refs/closedloop/{uuid4().hex}", at_s=int(time.time()))
        import_run = GitRun(arguments=("fast-import", "--quiet", "--date-format=raw"), stdin=stream)
        shas = read_shas(_inside(local, import_run))
        if len(shas) != len(draft.commits):
            raise _Broken(f"{len(shas)} of {len(draft.commits)} commits were made")
        return shas

    def _fetch_files(self, blobs: list[str], local: LocalGit) -> None:
        """Ask for files' contents: git fetches by itself what a partial clone lacks of them."""
        asked = "".join(f"{sha}\n" for sha in blobs).encode()
        run = GitRun(arguments=("cat-file", "--batch-check"), stdin=asked, is_lazy=True)
        answer = self._remote.read("fetch files", run, local)
        if answer.code != 0 or b" missing" in answer.out:
            raise _Broken("a file is missing")

    def _push(self, what: str, refspec: str, local: LocalGit) -> None:
        try:
            self._remote.push(what, refspec, local)
        except Spoilt:
            self._cache.instead_of(local.folder, local.deadline)
            raise


def _holds(ref: str, local: LocalGit) -> bool:
    """Whether it was fetched to its end: the name is given last."""
    return local.run(GitRun(arguments=("rev-parse", "--verify", "--quiet", f"{ref}^{{tree}}"))).code == 0


def _inside(local: LocalGit, run: GitRun) -> bytes:
    """Run what needs no forge. Raises _Broken when it fails."""
    answer = local.run(run)
    if answer.code is None:
        raise Unavailable("git had no time left")
    if answer.code != 0:
        raise _Broken(answer.said.strip()[-_SHOWN:])
    return answer.out
