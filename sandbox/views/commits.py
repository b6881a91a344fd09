"""Commits, files and comparisons as GitHub shows them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import pygit2

from sandbox.git.commits import stamp_of
from sandbox.git.diffs import FileChange, changes_between
from sandbox.views.accounts import simple_user
from sandbox.views.links import node_id
from sandbox.world import World

UNSIGNED: dict[str, Any] = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def identity(person: pygit2.Signature) -> dict[str, str]:
    """Show a git author or committer."""
    return {"name": person.name, "email": person.email, "date": stamp_of(person)}


def text_of(commit: pygit2.Commit) -> str:
    """Give a commit's message without its final newline, as GitHub does."""
    return commit.message.removesuffix("\n")


def git_commit(world: World, repo: str, commit: pygit2.Commit) -> dict[str, Any]:
    """GitHub's `git-commit`."""
    sha, links = str(commit.id), world.links
    return {
        "sha": sha,
        "node_id": node_id("Commit", repo, sha),
        "url": links.repo(repo, "git/commits", sha),
        "html_url": links.page(repo, "commit", sha),
        "author": identity(commit.author),
        "committer": identity(commit.committer),
        "tree": {"sha": str(commit.tree_id), "url": links.repo(repo, "git/trees", commit.tree_id)},
        "message": text_of(commit),
        "parents": [
            {
                "sha": str(parent),
                "url": links.repo(repo, "git/commits", parent),
                "html_url": links.page(repo, "commit", parent),
            }
            for parent in commit.parent_ids
        ],
        "verification": UNSIGNED,
    }


def commit_json(world: World, repo: str, commit: pygit2.Commit) -> dict[str, Any]:
    """GitHub's `commit`, without the files."""
    sha, links = str(commit.id), world.links
    url = links.repo(repo, "commits", sha)
    return {
        "sha": sha,
        "node_id": node_id("Commit", repo, sha),
        "commit": {
            "author": identity(commit.author),
            "committer": identity(commit.committer),
            "message": text_of(commit),
            "tree": {"sha": str(commit.tree_id), "url": links.repo(repo, "git/trees", commit.tree_id)},
            "url": links.repo(repo, "git/commits", sha),
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": url,
        "html_url": links.page(repo, "commit", sha),
        "comments_url": f"{url}/comments",
        "author": _account(world, commit.author),
        "committer": _account(world, commit.committer),
        "parents": [
            {
                "sha": str(parent),
                "url": links.repo(repo, "commits", parent),
                "html_url": links.page(repo, "commit", parent),
            }
            for parent in commit.parent_ids
        ],
    }


def commit_with_files(world: World, repo: str, commit: pygit2.Commit) -> dict[str, Any]:
    """GitHub's `commit`, with what it changed against its first parent."""
    git = world.git.open(repo)
    parent = str(commit.parent_ids[0]) if commit.parent_ids else None
    files = changes_between(git, parent, str(commit.id))
    added, removed = line_counts(files)
    return commit_json(world, repo, commit) | {
        "stats": {"total": added + removed, "additions": added, "deletions": removed},
        "files": [file_json(world, repo, str(commit.id), one) for one in files],
    }


def file_json(world: World, repo: str, sha: str, change: FileChange) -> dict[str, Any]:
    """GitHub's `diff-entry`."""
    path, links = quote(change.filename), world.links
    shown: dict[str, Any] = {
        "sha": change.sha,
        "filename": change.filename,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": links.page(repo, "blob", sha, path),
        "raw_url": links.page(repo, "raw", sha, path),
        "contents_url": f"{links.repo(repo, 'contents', path)}?ref={sha}",
    }
    if change.previous is not None:
        shown["previous_filename"] = change.previous
    if change.patch is not None:
        shown["patch"] = change.patch
    return shown


def line_counts(files: Iterable[FileChange]) -> tuple[int, int]:
    """Sum the lines added and removed."""
    listed = list(files)
    return sum(one.additions for one in listed), sum(one.deletions for one in listed)


def _account(world: World, person: pygit2.Signature) -> dict[str, Any] | None:
    found = world.store.find("user", "email", person.email)
    return simple_user(world.links, found[0]) if found else None
