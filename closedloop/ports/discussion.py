"""What is said on pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentDraft:
    """A comment to write; `marker` is a unique text in its body by which it is found again."""

    #: The pull request's number.
    number: int
    body: str
    marker: str


class Discussion(Protocol):
    """Comments on pull requests. Reads are safe to repeat; writing is never repeated by itself."""

    def find_comment(self, draft: CommentDraft) -> str | None:
        """The address of the comment that carries the draft's marker, if it was written before."""

    def add_comment(self, draft: CommentDraft) -> str:
        """Write it and return its address.

        Raises `Unknown` when it may be there though the answer was lost, NotFound when there is no such
        pull request, Forbidden when the conversation is locked.
        """
