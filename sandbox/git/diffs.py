"""What changed between two trees, file by file."""

from dataclasses import dataclass
from functools import lru_cache

import pygit2
from pygit2.enums import DeltaStatus, FileMode

_STATUS = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "removed",
    DeltaStatus.RENAMED: "renamed",
    DeltaStatus.COPIED: "copied",
}
_CACHED = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of a diff."""

    #: path after the change, or the removed path
    filename: str
    #: path before a rename, else None
    previous: str | None
    #: added, removed, modified, renamed, copied or changed (mode only)
    status: str
    #: blob after the change, or the removed one
    sha: str
    #: lines added
    additions: int
    #: lines removed
    deletions: int
    #: hunks of the unified diff; None for binary files and where no line changed
    patch: str | None


@lru_cache(maxsize=_CACHED)
def changes_between(git: pygit2.Repository, old: str | None, new: str) -> tuple[FileChange, ...]:
    """Compare two trees, renames detected; None compares with nothing. Cached, as shas never change."""
    return tuple(_change(patch) for patch in _diff(git, old, new) if patch is not None)


def unified(git: pygit2.Repository, old: str | None, new: str) -> str:
    """Give the diff as `git diff` prints it."""
    return "".join((patch.data or b"").decode("utf-8", "replace") for patch in _diff(git, old, new) if patch)


def _diff(git: pygit2.Repository, old: str | None, new: str) -> pygit2.Diff:
    after = git[pygit2.Oid(hex=new)].peel(pygit2.Tree)
    if old is None:
        diff = after.diff_to_tree(swap=True)
    else:
        diff = git[pygit2.Oid(hex=old)].peel(pygit2.Tree).diff_to_tree(after)
    diff.find_similar()
    return diff


def _change(patch: pygit2.Patch) -> FileChange:
    delta = patch.delta
    _, additions, deletions = patch.line_stats
    removed = delta.status == DeltaStatus.DELETED
    side = delta.old_file if removed else delta.new_file
    return FileChange(
        filename=side.path,
        previous=delta.old_file.path if delta.status == DeltaStatus.RENAMED else None,
        status=_STATUS.get(delta.status) or _modified(delta),
        sha=str(side.id),
        additions=additions,
        deletions=deletions,
        patch=_hunks(patch),
    )


def _modified(delta: pygit2.DiffDelta) -> str:
    same = delta.old_file.id == delta.new_file.id and delta.new_file.mode != FileMode.UNREADABLE
    return "changed" if same else "modified"


def _hunks(patch: pygit2.Patch) -> str | None:
    if patch.delta.is_binary or not patch.hunks:
        return None
    text = (patch.data or b"").decode("utf-8", "replace")
    return text[text.index("\n@@") + 1 :].removesuffix("\n")
