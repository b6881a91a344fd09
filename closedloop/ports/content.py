"""Reading files and commits of the target repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAt:
    """A text file at a commit."""

    text: str
    #: Git mode, e.g. 100644.
    mode: str
    commit_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAt:
    """A document of the target repository, for answers drawn from it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedCommit:
    """A commit of the base branch."""

    sha: str
    message: str


class ContentReader(Protocol):
    """Reads files and commits of the target repository. Safe to repeat."""

    def branch_sha(self, branch: str) -> str | None:
        """Head commit of a branch, None when there is no such branch."""

    def file_at(self, path: str, ref: str) -> FileAt | None:
        """The file at a branch or commit, None when absent.

        Raises BadReply on undecodable bytes and on what is no file but a link.
        """

    def documents_at(self, ref: str, prefix: str) -> Sequence[DocumentAt]:
        """All Markdown documents in a folder and below (empty: everywhere), cached by commit.

        Raises NotFound for an unknown commit, BadReply when the forge cannot list them all.
        """

    def contains(self, ancestor: str, descendant: str) -> bool:
        """Whether `descendant` has `ancestor` in its history (a commit contains itself).

        Shas may be short. A commit that the forge does not know contains nothing.
        """

    def commits_to(self, sha: str, count: int) -> Sequence[LandedCommit]:
        """The last `count` commits that lead to this one, it first. Raises NotFound for an unknown commit."""
