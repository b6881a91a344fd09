"""The body of a `push` event."""

from itertools import islice
from typing import Any

import pygit2

from sandbox.forge.accounts import account
from sandbox.git.commits import commit_at, history, stamp_of
from sandbox.git.diffs import changes_between
from sandbox.store import Doc
from sandbox.views.commits import text_of
from sandbox.world import World

ZERO = "0" * 40
_LISTED = 20
_SHORT = 12
_STATUS = {"added": "added", "removed": "removed"}


def push_json(
    world: World, repo: Doc, login: str, change: tuple[str, str | None, str | None]
) -> dict[str, Any]:
    """Describe a ref's change (name, old, new); at most 20 commits are listed."""
    name, old, new = change
    full_name = repo["full_name"]
    commits = [_pushed(world, full_name, one) for one in _new_commits(world, repo, old, new)]
    head = commit_at(world.git.open(full_name), new) if new else None
    span = f"{(old or ZERO)[:_SHORT]}...{(new or ZERO)[:_SHORT]}"
    return {
        "ref": name,
        "before": old or ZERO,
        "after": new or ZERO,
        "created": old is None,
        "deleted": new is None,
        "base_ref": None,
        "compare": world.links.page(full_name, "compare", span),
        "commits": commits,
        "head_commit": None if head is None else _pushed(world, full_name, head),
        "pusher": {"name": login, "email": account(world, login)["email"]},
    }


def _new_commits(world: World, repo: Doc, old: str | None, new: str | None) -> list[pygit2.Commit]:
    git = world.git.open(repo["full_name"])
    if new is None or commit_at(git, new) is None:
        return []
    hidden = old
    if hidden is None:
        default = git.references.get(f"refs/heads/{repo['default_branch']}")
        hidden = None if default is None else str(default.target)
    return list(reversed(list(islice(history(git, new, hidden), _LISTED))))


def _pushed(world: World, repo: str, commit: pygit2.Commit) -> dict[str, Any]:
    parent = str(commit.parent_ids[0]) if commit.parent_ids else None
    files = changes_between(world.git.open(repo), parent, str(commit.id))
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for one in files:
        if one.previous is not None:
            paths["removed"].append(one.previous)
            paths["added"].append(one.filename)
        else:
            paths[_STATUS.get(one.status, "modified")].append(one.filename)
    return {
        "id": str(commit.id),
        "tree_id": str(commit.tree_id),
        "distinct": True,
        "message": text_of(commit),
        "timestamp": stamp_of(commit.committer),
        "url": world.links.page(repo, "commit", commit.id),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
        **paths,
    }
