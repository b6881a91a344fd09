"""Real three-way merges."""

from dataclasses import dataclass

import pygit2

from sandbox.git.commits import Draft, history, write_commit


class ConflictError(Exception):
    """Both sides changed the same lines; the message lists the paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How two commits stand to each other."""

    #: newest common ancestor; None if the histories have none
    merge_base: str | None
    #: commits of head that base lacks
    ahead: int
    #: commits of base that head lacks
    behind: int


def span(git: pygit2.Repository, base: str, head: str) -> Span:
    """Compare two commits' histories."""
    ahead, behind = git.ahead_behind(pygit2.Oid(hex=head), pygit2.Oid(hex=base))
    return Span(merge_base=merge_base(git, base, head), ahead=ahead, behind=behind)


def merge_base(git: pygit2.Repository, one: str, other: str) -> str | None:
    """Find the newest common ancestor, or None."""
    found = git.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
    return None if found is None else str(found)


def contains(git: pygit2.Repository, tip: str, sha: str) -> bool:
    """Whether `sha` is `tip` or one of its ancestors."""
    return tip == sha or git.descendant_of(pygit2.Oid(hex=tip), pygit2.Oid(hex=sha))


def merged_tree(git: pygit2.Repository, ours: str, theirs: str) -> str:
    """Merge two commits, following renames, and return the sha of the resulting tree."""
    return _written(git, git.merge_commits(pygit2.Oid(hex=ours), pygit2.Oid(hex=theirs)))


def rebased(git: pygit2.Repository, onto: str, head: str, committer: pygit2.Signature) -> str:
    """Replay the commits that `onto` lacks, oldest first, authors kept, and return the new tip."""
    tip = onto
    for commit in reversed(list(history(git, head, onto))):
        if len(commit.parents) != 1:
            continue
        ours = git[pygit2.Oid(hex=tip)].peel(pygit2.Tree)
        tree = _written(git, git.merge_trees(commit.parents[0].tree, ours, commit.tree))
        draft = Draft(
            message=commit.message, tree=tree, parents=(tip,), author=commit.author, committer=committer
        )
        tip = write_commit(git, draft)
    return tip


def _written(git: pygit2.Repository, index: pygit2.Index) -> str:
    conflicts = index.conflicts
    if conflicts is not None:
        sides = next(iter(conflicts))
        raise ConflictError(next(side.path for side in sides if side is not None))
    return str(index.write_tree(git))
