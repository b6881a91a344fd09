"""What a pull request consists of: its commits and files."""

from functools import lru_cache

import pygit2

from sandbox.forge.issues import find_issue
from sandbox.git.commits import history
from sandbox.git.diffs import FileChange, changes_between
from sandbox.git.merges import merge_base
from sandbox.git.refs import HEADS, find_ref
from sandbox.store import Doc
from sandbox.web.errors import not_found
from sandbox.world import World

_CACHED = 1024


def find_pull(world: World, repo: str, number: int) -> Doc:
    """Find a pull request by number; 404 if there is none."""
    found = find_issue(world, repo, number)
    if not found["pull"]:
        raise not_found()
    return found


def branch_tip(world: World, repo: str, branch: str) -> str | None:
    """Return the sha a branch points at, or None."""
    reference = find_ref(world.git.open(repo), f"{HEADS}{branch}")
    return None if reference is None else str(reference.target)


def compared_base(world: World, repo: Doc, pull: Doc) -> str:
    """Return the base commit to compare with: the branch's tip while open, what it was when closed."""
    tip = branch_tip(world, repo["full_name"], pull["base_ref"]) if pull["state"] == "open" else None
    return tip or str(pull["base_sha"])


def pull_files(world: World, repo: Doc, pull: Doc) -> tuple[FileChange, ...]:
    """List the files changed since the merge base."""
    git = world.git.open(repo["full_name"])
    base = compared_base(world, repo, pull)
    return changes_between(git, merge_base(git, base, pull["head_sha"]) or base, pull["head_sha"])


def pull_commits(world: World, repo: Doc, pull: Doc) -> tuple[pygit2.Commit, ...]:
    """List the commits the base lacks, oldest first."""
    return _missing(world.git.open(repo["full_name"]), compared_base(world, repo, pull), pull["head_sha"])


@lru_cache(maxsize=_CACHED)
def _missing(git: pygit2.Repository, base: str, head: str) -> tuple[pygit2.Commit, ...]:
    return tuple(reversed(list(history(git, head, base))))
