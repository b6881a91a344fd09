"""How the forge lets changes into a branch, and an order to let one in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MergeMethod(StrEnum):
    """What a merge makes of a pull request's commits."""

    #: One new commit for all of them.
    SQUASH = "squash"
    #: The commits as they are, and a merge commit above.
    MERGE = "merge"
    #: Each commit anew on top of the base.
    REBASE = "rebase"


ANY_METHOD = frozenset(MergeMethod)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeQueue:
    """A merge queue in front of a branch: it alone merges, after checks of its own."""

    #: None when the forge does not say.
    method: MergeMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRules:
    """How changes get into a branch."""

    #: Methods that the repository allows and no rule of the branch forbids.
    methods: frozenset[MergeMethod] = ANY_METHOD
    #: Whether the branch takes no merge commits.
    is_linear: bool = False
    #: Whether the repository lets a pull request be merged later, by the forge itself.
    allows_auto_merge: bool = False
    #: None when nobody queues for this branch.
    queue: MergeQueue | None = None
    #: Whether the forge deletes the head branch after a merge.
    deletes_branches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOrder:
    """A merge that happens only while the head is still `head_sha`."""

    number: int
    head_sha: str
    #: squash | merge | rebase; a merge queue has its own.
    method: str
    title: str
    message: str
    #: Goes before all others in a merge queue.
    is_urgent: bool = False
