"""Commits: who, when, what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pygit2
from pygit2.enums import SortMode

from sandbox.git.refs import find_ref

_MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A commit to be written; writing the same draft twice gives the same commit."""

    #: full message; a missing final newline is kept missing, as GitHub does
    message: str
    #: sha of the tree
    tree: str
    #: shas of the parents
    parents: tuple[str, ...]
    #: who wrote the change
    author: pygit2.Signature
    #: who made the commit
    committer: pygit2.Signature


def write_commit(git: pygit2.Repository, draft: Draft) -> str:
    """Write a commit without moving any ref, and return its sha."""
    parents = [pygit2.Oid(hex=sha) for sha in draft.parents]
    message = draft.message.replace("\0", "")
    made = git.create_commit(
        None, draft.author, draft.committer, message, pygit2.Oid(hex=draft.tree), parents
    )
    return str(made)


def signature(name: str, email: str, at: datetime) -> pygit2.Signature:
    """Make a git identity; characters that git forbids in one are dropped."""
    offset = at.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // _MINUTE_S
    return pygit2.Signature(_plain(name) or "unknown", _plain(email), int(at.timestamp()), minutes, "utf-8")


def stamp_of(identity: pygit2.Signature) -> str:
    """Tell an identity's time as GitHub writes it: in UTC, ending in Z."""
    zone = timezone(timedelta(minutes=identity.offset))
    at = datetime.fromtimestamp(identity.time, zone).astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def commit_at(git: pygit2.Repository, sha: str) -> pygit2.Commit | None:
    """Return the commit with exactly that sha, or None."""
    try:
        found = git.get(pygit2.Oid(hex=sha))
    except ValueError:
        return None
    return found if isinstance(found, pygit2.Commit) else None


def resolve(git: pygit2.Repository, name: str) -> pygit2.Commit | None:
    """Find a commit by branch, tag, full ref, sha or unambiguous short sha."""
    for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}", name):
        reference = find_ref(git, candidate)
        if reference is not None:
            return reference.peel(pygit2.Commit)
    try:
        found = git.revparse_single(name) if name.isalnum() else None
    except (KeyError, ValueError):
        return None
    if isinstance(found, pygit2.Tag):
        return found.peel(pygit2.Commit)
    return found if isinstance(found, pygit2.Commit) else None


def history(git: pygit2.Repository, tip: str, hidden: str | None = None) -> Iterator[pygit2.Commit]:
    """Yield commits reachable from `tip` and not from `hidden`, newest first."""
    walk = git.walk(pygit2.Oid(hex=tip), SortMode.TOPOLOGICAL | SortMode.TIME)
    if hidden is not None:
        walk.hide(pygit2.Oid(hex=hidden))
    return iter(walk)


def touches(commit: pygit2.Commit, path: str) -> bool:
    """Whether a commit changed what is at `path`, as `git log -- path` judges: unlike all its parents."""
    own = _entry(commit, path)
    if not commit.parents:
        return own is not None
    return all(_entry(parent, path) != own for parent in commit.parents)


def _entry(commit: pygit2.Commit, path: str) -> pygit2.Oid | None:
    try:
        return commit.tree[path].id
    except KeyError:
        return None


def _plain(text: str) -> str:
    return "".join(char for char in text if char not in "<>\n\0").strip()


def is_blank(git: pygit2.Repository) -> bool:
    """Whether nothing has been pushed yet; libgit2's own test expects `master` as the first branch."""
    return not git.raw_listall_references()
