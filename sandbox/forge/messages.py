"""Messages of the commits that merging makes, by the repository's settings."""

from collections.abc import Sequence

import pygit2

from sandbox.store import Doc

#: title and rest as the caller wants them; None where the repository's default applies
Wanted = tuple[str | None, str | None]


def squash_message(repo: Doc, pull: Doc, commits: Sequence[pygit2.Commit], wanted: Wanted) -> str:
    """Word a squash commit."""
    title, rest = wanted
    single = commits[0].message.strip() if len(commits) == 1 else None
    if title is None:
        by_commit = single and repo["squash_merge_commit_title"] == "COMMIT_OR_PR_TITLE"
        title = f"{single.splitlines()[0] if single and by_commit else pull['title']} (#{pull['number']})"
    if rest is None:
        rest = _squash_rest(repo, pull, commits)
    return _joined(title, rest)


def merge_message(repo: Doc, pull: Doc, wanted: Wanted) -> str:
    """Word a merge commit."""
    title, rest = wanted
    if title is None:
        title = f"Merge pull request #{pull['number']} from {repo['owner']['login']}/{pull['head_ref']}"
        if repo["merge_commit_title"] == "PR_TITLE":
            title = f"{pull['title']} (#{pull['number']})"
    if rest is None:
        rest = {"PR_TITLE": pull["title"], "PR_BODY": pull["body"] or "", "BLANK": ""}[
            repo["merge_commit_message"]
        ]
    return _joined(title, rest)


def _squash_rest(repo: Doc, pull: Doc, commits: Sequence[pygit2.Commit]) -> str:
    if repo["squash_merge_commit_message"] == "PR_BODY":
        return pull["body"] or ""
    if repo["squash_merge_commit_message"] == "BLANK":
        return ""
    if len(commits) == 1:
        return commits[0].message.strip().partition("\n")[2].strip()
    return "\n\n".join(f"* {commit.message.strip()}" for commit in commits)


def _joined(title: str, rest: str) -> str:
    return f"{title}\n\n{rest}" if rest else title
