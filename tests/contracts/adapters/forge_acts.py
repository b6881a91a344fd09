"""Sentences that the forge's contract tests are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.forge import BranchDraft, CommitDraft, IssueDraft, MergeOrder, PullDraft
from tests.contracts.adapters.forge_stages import FAQ

if TYPE_CHECKING:
    from closedloop.ports.forge import BranchHead, PullView
    from tests.contracts.adapters.forge_stages import ForgeStage

NEW_FAQ = FAQ.replace("Old answer.", "New answer.")
ISSUE = IssueDraft(title="Rolled back", body="Look here.\n\nmark-1", labels=("incident",), marker="mark-1")


def draft(stage: ForgeStage, name: str = "ours/a", *texts: str) -> BranchDraft:
    """A branch on main with one commit per FAQ text."""
    commits = tuple(
        CommitDraft(message=f"Change {turn}\n\ntrace-id: {turn}", files={"docs/FAQ.md": text})
        for turn, text in enumerate(texts or (NEW_FAQ,))
    )
    return BranchDraft(name=name, base_sha=str(stage.content.branch_sha("main")), commits=commits)


def publish(stage: ForgeStage, name: str = "ours/a", *texts: str) -> BranchHead:
    """Publish such a branch."""
    return stage.git.publish_branch(draft(stage, name, *texts))


def pull_draft(name: str = "ours/a", **values: tuple[str, ...]) -> PullDraft:
    """A pull request from that branch to main."""
    return PullDraft(
        title="Update FAQ - Why?", body="trace-id: 1", head_branch=name, base_branch="main", **values
    )


def open_pull(stage: ForgeStage, name: str = "ours/a", *texts: str) -> PullView:
    """Publish a branch and open its pull request."""
    publish(stage, name, *texts)
    return stage.writer.open_pull(pull_draft(name))


def order(pull: PullView, *, method: str = "squash", head_sha: str = "") -> MergeOrder:
    """A merge of the pull request as it was seen."""
    return MergeOrder(
        number=pull.number,
        head_sha=head_sha or pull.head_sha,
        method=method,
        title="Merged",
        message="trace-id: 1",
    )


def text_at(stage: ForgeStage, ref: str) -> str:
    """The FAQ at a branch or commit."""
    found = stage.content.file_at("docs/FAQ.md", ref)
    return found.text if found else ""
