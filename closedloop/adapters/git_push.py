"""GitTransport by the git program: whatever a batch holds goes up in one push, which costs no REST request.

Publishing a branch:

1. The base commit is fetched into the cache unless it is there: that commit alone, its folders, and of its
   files those that will change (a push sends differences to them).
2. The commits are made in the cache by one `git fast-import`. Nothing but the drafts' files changes.
3. One push, on condition that the branch does not exist: the only effect.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

from closedloop.adapters.git_answers import Spoilt
from closedloop.adapters.git_bases import Broken, GitBases, inside
from closedloop.adapters.git_program import Deadline, GitRun, LocalGit
from closedloop.adapters.git_stream import commit_stream, read_entries, read_shas
from closedloop.ports.errors import Conflict, NotFound, Refused
from closedloop.ports.forge import BranchHead
from closedloop.ports.git import unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from closedloop.adapters.git_bases import GitTools
    from closedloop.ports.forge import BranchDraft

#: Modes of what has a content: files and symbolic links.
_FILES = ("100", "120")


class GitPush:
    """See GitTransport."""

    #: What arrives by git is not counted among the requests that create content.
    ref_writes = 0

    def __init__(self, tools: GitTools) -> None:
        self._program, self._cache, self._remote = tools.program, tools.cache, tools.remote
        self._bases = GitBases(tools)

    def branch_writes(self, commits: int) -> int:  # noqa: ARG002 - the other way costs by it
        """See GitTransport."""
        return 0

    def publish_branch(self, draft: BranchDraft, announce: Callable[[str], None] = unheard) -> BranchHead:
        """See GitTransport."""
        local, shas = self._bases.at_commit(draft.base_sha, lambda local: self._commit(draft, local))
        head = shas[-1] if shas else draft.base_sha
        announce(head)
        self._push("publish branch", f"{head}:refs/heads/{draft.name}", local)
        return BranchHead(head_sha=head, commit_shas=shas)

    def create_tag(self, name: str, sha: str) -> None:
        """See GitTransport."""
        try:
            local, _ = self._bases.at_commit(sha, lambda _: ())
        except NotFound as error:
            raise Refused(error.detail) from None
        self._push("create tag", f"{sha}:refs/tags/{name}", local)

    def delete_branch(self, name: str, sha: str) -> None:
        """See GitTransport. Git refuses alike what is elsewhere and what is gone: then it is looked for."""
        deadline = Deadline(self._bases.act_s)
        folder = self._cache.newest(deadline)
        local = LocalGit(program=self._program, folder=folder, deadline=deadline)
        ref = f"refs/heads/{name}"
        try:
            self._push("delete branch", f":{ref}", local, old_sha=sha)
        except Conflict:
            if self._remote.has(ref, local):
                raise

    def _commit(self, draft: BranchDraft, local: LocalGit) -> tuple[str, ...]:
        if not draft.commits:
            return ()
        paths = sorted({path for commit in draft.commits for path in commit.files})
        listed = inside(local, GitRun(arguments=("ls-tree", "-z", draft.base_sha, "--", *paths)))
        entries = read_entries(listed)
        self._fetch_files([sha for mode, sha in entries.values() if mode.startswith(_FILES)], local)
        modes = {path: mode for path, (mode, _) in entries.items()}
        stream = commit_stream(draft, modes, ref=f"refs/closedloop/{uuid4().hex}", at_s=int(time.time()))
        import_run = GitRun(arguments=("fast-import", "--quiet", "--date-format=raw"), stdin=stream)
        shas = read_shas(inside(local, import_run))
        if len(shas) != len(draft.commits):
            raise Broken(f"{len(shas)} of {len(draft.commits)} commits were made")
        return shas

    def _fetch_files(self, blobs: list[str], local: LocalGit) -> None:
        """Ask for files' contents: git fetches by itself what a partial clone lacks of them."""
        asked = "".join(f"{sha}\n" for sha in blobs).encode()
        run = GitRun(arguments=("cat-file", "--batch-check"), stdin=asked, is_lazy=True)
        answer = self._remote.read("fetch files", run, local)
        if answer.code != 0 or b" missing" in answer.out:
            raise Broken("a file is missing")

    def _push(self, what: str, refspec: str, local: LocalGit, *, old_sha: str = "") -> None:
        try:
            self._remote.push(what, refspec, local, old_sha=old_sha)
        except Spoilt:
            self._cache.instead_of(local.folder, local.deadline)
            raise
