"""GitTransport by REST, for where there is no git: one commit for a batch, with all its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from closedloop.adapters.github_objects import GitObjects
from closedloop.adapters.github_reader import GithubContentReader
from closedloop.ports.errors import Conflict, Refused, Unavailable, Unknown
from closedloop.ports.forge import BranchHead, CommitDraft
from closedloop.ports.git import unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from closedloop.adapters.github_client import GithubClient
    from closedloop.ports.forge import BranchDraft

#: A tree, a commit and the branch's name; a branch without commits is a name alone.
_WITH_COMMIT, _NAME_ALONE = 3, 1


class GithubGitData:
    """See GitTransport. `reads` may repeat itself, `writes` must not."""

    ref_writes = 1

    def __init__(self, *, writes: GithubClient, reads: GithubClient) -> None:
        self._writes = writes
        self._base_trees = GitObjects(reads)
        self._content = GithubContentReader(reads)

    def branch_writes(self, commits: int) -> int:
        """See GitTransport."""
        return _WITH_COMMIT if commits else _NAME_ALONE

    def publish_branch(self, draft: BranchDraft, announce: Callable[[str], None] = unheard) -> BranchHead:
        """See GitTransport.

        1. A tree and a commit: objects that nothing names yet, so a lost answer has no effect.
        2. The branch, in one write: the only effect.
        """
        head = draft.base_sha
        if draft.commits:
            try:
                head = self._commit(together(draft.commits), draft.base_sha)
            except Unknown as lost:
                raise Unavailable(lost.detail) from None
        announce(head)
        self._create_ref(f"refs/heads/{draft.name}", head)
        return BranchHead(head_sha=head, commit_shas=(head,) * len(draft.commits))

    def create_tag(self, name: str, sha: str) -> None:
        """See GitTransport."""
        self._create_ref(f"refs/tags/{name}", sha)

    def delete_branch(self, name: str, sha: str) -> None:
        """See GitTransport. The deletion itself takes no condition: the head is read just before."""
        head = self._content.branch_sha(name)
        if head is None:
            return
        if head != sha:
            raise Conflict(f"delete branch: {name} is at {head}")
        try:
            with self._writes.call("delete branch"):
                # https://docs.github.com/en/rest/git/refs#delete-a-reference; PyGithub's GitRef.delete
                # takes its address from a GET that it needs first.
                path = self._writes.path(f"/git/refs/heads/{quote(name)}")
                self._writes.requester.requestJsonAndCheck("DELETE", path)
        except Refused as refused:
            if "does not exist" not in refused.detail:
                raise

    def _commit(self, draft: CommitDraft, base_sha: str) -> str:
        from github import InputGitTreeElement  # noqa: PLC0415
        from github.GitCommit import GitCommit  # noqa: PLC0415
        from github.GitTree import GitTree  # noqa: PLC0415

        base_tree = self._base_trees.tree_sha(base_sha)
        with self._writes.call("create commit"):
            requester, repository = self._writes.requester, self._writes.repository
            # https://docs.github.com/en/rest/git/trees#create-a-tree; inline content saves a write per blob.
            tree = repository.create_git_tree(
                [InputGitTreeElement(path, "100644", "blob", text) for path, text in draft.files.items()],
                base_tree=GitTree(requester, {}, {"sha": base_tree}, completed=True),
            )
            # https://docs.github.com/en/rest/git/commits#create-a-commit
            parents = [GitCommit(requester, {}, {"sha": base_sha}, completed=True)]
            return _sha(repository.create_git_commit(draft.message, tree, parents).sha)

    def _create_ref(self, name: str, sha: str) -> None:
        with self._writes.call(f"create {name}"):
            # https://docs.github.com/en/rest/git/refs#create-a-reference
            created = self._writes.repository.create_git_ref(name, sha)
            _sha(created.object.sha)


def together(commits: Sequence[CommitDraft]) -> CommitDraft:
    """Several commits as one: the last text of each file, every subject, and every trailer in one block.

    Trailers are what git takes for them: the lines of a message's last paragraph.
    """
    if len(commits) == 1:
        return commits[0]
    files = {path: text for commit in commits for path, text in commit.files.items()}
    parts = [commit.message.strip().split("\n\n") for commit in commits]
    subjects = [paragraphs[0] for paragraphs in parts]
    trailers = [paragraphs[-1] for paragraphs in parts if len(paragraphs) > 1]
    listed = "\n".join(f"- {subject}" for subject in subjects)
    blocks = (f"{subjects[0]} (+{len(commits) - 1} more)", listed, "\n".join(trailers))
    return CommitDraft(message="\n\n".join(filter(None, blocks)) + "\n", files=files)


def _sha(value: str | None) -> str:
    """Insist on a sha: PyGithub answers None for what a reply lacks."""
    if not value:
        raise ValueError("no sha")
    return value
