"""The forge: where the target repository lives (GitHub, or the sandbox that speaks like it).

Reading and writing are separate ports because their retry rules differ: a read may be repeated
freely, a write may not, since the forge could have obeyed a call whose answer was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from closedloop.ports.checks import Check, CheckOutcome, RequiredCheck, Requirements
from closedloop.ports.content import ContentReader, DocumentAt, FileAt, LandedCommit
from closedloop.ports.merging import MergeOrder, MergeRules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "BranchDraft",
    "BranchHead",
    "ChangedFile",
    "Check",
    "CheckOutcome",
    "CommitDraft",
    "ContentReader",
    "DocumentAt",
    "FileAt",
    "ForgeWriter",
    "IssueDraft",
    "IssueRef",
    "LandedCommit",
    "MergeOrder",
    "MergeRules",
    "Mergeable",
    "PullDraft",
    "PullReader",
    "PullView",
    "RequiredCheck",
    "Requirements",
]


class Mergeable(StrEnum):
    """Whether the forge can merge a pull request without conflicts."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # still being computed: a state to poll, not an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """A pull request as one look saw it."""

    number: int
    url: str
    #: open | merged | closed.
    state: str
    head_sha: str
    head_branch: str
    base_branch: str
    #: True when the head lives in another repository.
    is_fork: bool
    mergeable: Mergeable
    #: Set once merged.
    merge_sha: str | None
    merged_at: datetime | None
    checks: tuple[Check, ...]
    #: In the branch's merge queue.
    is_queued: bool = False
    #: To be merged by the forge itself once nothing is missing.
    is_auto_merging: bool = False
    #: The commit that the merge queue checks for it, once that is made.
    group_sha: str | None = None
    #: It lacks commits of its base, and the branch takes only what has them all.
    is_behind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One file of a pull request's diff."""

    path: str
    #: added | modified | removed | renamed | copied | changed.
    status: str
    #: Only for renames.
    previous_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitDraft:
    """One commit of a branch to publish: whole new texts by path."""

    message: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchDraft:
    """A branch with its commits, on top of a base commit."""

    name: str
    base_sha: str
    commits: tuple[CommitDraft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchHead:
    """Where a published branch stands."""

    head_sha: str
    #: In the order of the drafts; empty when found by look-up.
    commit_shas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDraft:
    """A pull request to open."""

    title: str
    body: str
    head_branch: str
    base_branch: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDraft:
    """An issue to open; `marker` is a unique text in its body by which it is found again."""

    title: str
    body: str
    labels: tuple[str, ...]
    marker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRef:
    """An issue that exists."""

    number: int
    url: str


class PullReader(Protocol):
    """Looks at pull requests, checks and issues. Safe to repeat."""

    def look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        """Fresh views of our pull requests by number, in one request where possible."""

    def find_pull(self, head_branch: str) -> PullView | None:
        """The newest pull request from a branch of the repository itself, in any state."""

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """Every changed file; raises BadReply when the forge cut the list."""

    def required_checks(self, branch: str) -> Requirements:
        """Required checks from branch protection and rulesets."""

    def merge_rules(self, branch: str) -> MergeRules:
        """How the repository lets changes into the branch; see `Requirements` for what rulesets add."""

    def checks_of(self, sha: str) -> Sequence[Check]:
        """What CI says of any commit; nothing of one that the forge does not know."""

    def find_issue(self, draft: IssueDraft) -> IssueRef | None:
        """The issue that carries the draft's marker, if it was opened before."""


class ForgeWriter(Protocol):
    """Acts on the forge; content and names go by `GitTransport`. Never retries by itself.

    Every method raises `Unknown` when its effect may have happened though the answer was lost, and
    `Unavailable` only when it certainly has not.
    """

    def open_pull(self, draft: PullDraft) -> PullView:
        """Open a pull request with labels.

        Raises Conflict when one is open from that branch, Refused when there is nothing to merge,
        Unknown also when it is open but could not be labelled.
        """

    def merge_pull(self, order: MergeOrder) -> str:
        """Merge and return the new base commit.

        Raises Conflict (head moved), Refused (not mergeable now: base moved, checks missing), Forbidden
        (permission).
        """

    def enable_auto_merge(self, order: MergeOrder) -> None:
        """Let the forge merge once nothing is missing.

        Raises AlreadyClean when nothing is missing now, Conflict (head moved), Refused (not allowed here),
        Forbidden (permission).
        """

    def enqueue(self, order: MergeOrder) -> None:
        """Put it into the branch's merge queue, whose method counts; being there already is no error.

        Raises Conflict (head moved), Refused (no queue, checks missing), Forbidden (permission).
        """

    def rerun_failed(self, run_id: int) -> None:
        """Run the failed jobs of a workflow run again.

        Raises Forbidden when the token may not, or it runs already, and NotFound for an unknown run.
        """

    def close_pull(self, number: int) -> None:
        """Close without merging; closing a closed one is no error."""

    def open_issue(self, draft: IssueDraft) -> IssueRef:
        """Open an issue."""
