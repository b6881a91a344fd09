"""A git repository in memory: commits by content hash, branches, tags and three-way merges."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.ports.forge import ChangedFile
from tests.fakes.merge3 import merge_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class MergeConflict(Exception):  # noqa: N818 - the state two histories are in
    """Two histories change the same lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A snapshot of all files with its parents."""

    sha: str
    parents: tuple[str, ...]
    message: str
    files: Mapping[str, str]


class FakeRepository:
    """Commits, branches and tags. Shas depend on content alone, so a run is repeatable."""

    def __init__(self, files: Mapping[str, str], *, branch: str = "main") -> None:
        self.commits: dict[str, Commit] = {}
        self.tags: dict[str, str] = {}
        self.branches = {branch: self.commit((), "Start", files)}

    def commit(self, parents: tuple[str, ...], message: str, files: Mapping[str, str]) -> str:
        """Store a commit and return its sha."""
        sha = hashlib.sha1(repr((parents, message, sorted(files.items()))).encode(), usedforsecurity=False)
        commit = Commit(sha=sha.hexdigest(), parents=parents, message=message, files=dict(files))
        self.commits[commit.sha] = commit
        return commit.sha

    def resolve(self, ref: str) -> Commit | None:
        """The commit of a branch, tag, sha or unambiguous short sha."""
        sha = self.branches.get(ref) or self.tags.get(ref) or ref
        found = [commit for known, commit in self.commits.items() if known.startswith(sha)]
        return found[0] if sha and len(found) == 1 else None

    def history(self, sha: str) -> list[str]:
        """The commit and all its ancestors, nearest first."""
        seen: dict[str, None] = {}
        waiting = deque([sha])
        while waiting:
            current = waiting.popleft()
            if current not in seen:
                seen[current] = None
                waiting += self.commits[current].parents
        return list(seen)

    def merge_base(self, ours: str, theirs: str) -> str:
        """The nearest common ancestor."""
        known = set(self.history(ours))
        return next(sha for sha in self.history(theirs) if sha in known)

    def merge(self, ours: str, theirs: str) -> dict[str, str]:
        """The files of a three-way merge; raises MergeConflict."""
        return self._merge_on(self.merge_base(ours, theirs), ours, theirs)

    def pick(self, commit: str, onto: str) -> str:
        """Replay one commit on another head; raises MergeConflict."""
        picked = self.commits[commit]
        files = self._merge_on(picked.parents[0], onto, commit)
        return self.commit((onto,), picked.message, files)

    def own_commits(self, base: str, head: str) -> list[str]:
        """Commits of `head` that `base` lacks, oldest first."""
        known = set(self.history(base))
        return [sha for sha in self.history(head) if sha not in known][::-1]

    def changed(self, base: str, head: str) -> list[ChangedFile]:
        """What `head` changes since it left `base`; a removed file that reappears whole is a rename."""
        before, after = self.commits[self.merge_base(base, head)].files, self.commits[head].files
        gone = {text: path for path, text in before.items() if path not in after}
        changes = []
        for path in sorted(after):
            if path in before and before[path] != after[path]:
                changes.append(ChangedFile(path=path, status="modified"))
            elif path not in before and after[path] in gone:
                old = gone.pop(after[path])
                changes.append(ChangedFile(path=path, status="renamed", previous_path=old))
            elif path not in before:
                changes.append(ChangedFile(path=path, status="added"))
        return changes + [ChangedFile(path=path, status="removed") for path in sorted(gone.values())]

    def _merge_on(self, base: str, ours: str, theirs: str) -> dict[str, str]:
        old, mine, other = (self.commits[sha].files for sha in (base, ours, theirs))
        merged = {
            path: _merge_file(old.get(path), mine.get(path), other.get(path)) for path in _paths(mine, other)
        }
        return {path: text for path, text in merged.items() if text is not None}


def _paths(*trees: Iterable[str]) -> list[str]:
    return sorted({path for tree in trees for path in tree})


def _merge_file(old: str | None, mine: str | None, other: str | None) -> str | None:
    if other in (mine, old):
        return mine
    if mine == old:
        return other
    if mine is None or other is None:
        raise MergeConflict
    merged = merge_texts(old or "", mine, other)
    if merged is None:
        raise MergeConflict
    return merged
