"""Acting on the target repository on GitHub. One try per call; see ForgeWriter for what errors mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.adapters.github_merging import GithubMerging
from closedloop.ports.errors import PortError, Unknown
from closedloop.ports.forge import IssueRef, Mergeable, PullView

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from closedloop.adapters.github_client import GithubClient
    from closedloop.ports.forge import IssueDraft, MergeOrder, PullDraft


class GithubWriter:
    """ForgeWriter on GitHub. `reads` may repeat itself, `writes` must not."""

    def __init__(self, *, writes: GithubClient, reads: GithubClient) -> None:
        self._writes = writes
        self._merging = GithubMerging(writes=writes, reads=reads)

    def open_pull(self, draft: PullDraft) -> PullView:
        """See ForgeWriter. Labels take a second write; without it the outcome is Unknown, to be looked up."""
        with self._writes.call("open pull request"):
            # https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
            pull = self._writes.repository.create_pull(
                base=draft.base_branch, head=draft.head_branch, title=draft.title, body=draft.body
            )
            view = _new_pull(pull)
        if draft.labels:
            try:
                self._label(pull, draft.labels)
            except PortError as error:
                raise Unknown(f"pull request {view.number} is open, not labelled: {error.detail}") from None
        return view

    def merge_pull(self, order: MergeOrder) -> str:
        """See ForgeWriter."""
        with self._writes.call("merge pull request"):
            # https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request
            status = self._writes.repository.get_pull(order.number).merge(
                commit_title=order.title,
                commit_message=order.message,
                merge_method=order.method,
                sha=order.head_sha,
            )
            return _sha(status.sha)

    def enable_auto_merge(self, order: MergeOrder) -> None:
        """See ForgeWriter."""
        self._merging.enable_auto_merge(order)

    def enqueue(self, order: MergeOrder) -> None:
        """See ForgeWriter."""
        self._merging.enqueue(order)

    def rerun_failed(self, run_id: int) -> None:
        """See ForgeWriter."""
        with self._writes.call("run failed jobs again"):
            # https://docs.github.com/en/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run;
            # PyGithub fetches the run before it asks.
            path = self._writes.path(f"/actions/runs/{run_id}/rerun-failed-jobs")
            self._writes.requester.requestJsonAndCheck("POST", path)

    def close_pull(self, number: int) -> None:
        """See ForgeWriter."""
        with self._writes.call("close pull request"):
            # https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request
            pull = self._writes.repository.get_pull(number)
            pull.edit(state="closed")
            if pull.state != "closed":
                raise ValueError("not shown as closed")

    def open_issue(self, draft: IssueDraft) -> IssueRef:
        """See ForgeWriter."""
        body = draft.body if draft.marker in draft.body else f"{draft.body}\n\n{draft.marker}"
        with self._writes.call("open issue"):
            # https://docs.github.com/en/rest/issues/issues#create-an-issue; unknown labels are created.
            issue = self._writes.repository.create_issue(
                title=draft.title, body=body, labels=list(draft.labels)
            )
            return IssueRef(number=int(issue.number), url=issue.html_url)

    def _label(self, pull: PullRequest, labels: tuple[str, ...]) -> None:
        with self._writes.call("label pull request"):
            # https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
            pull.add_to_labels(*labels)


def _new_pull(pull: PullRequest) -> PullView:
    """Read the answer to a creation; whether it merges is not computed yet, and no check has run."""
    return PullView(
        number=int(pull.number),
        url=pull.html_url,
        state="open",
        head_sha=_sha(pull.head.sha),
        head_branch=pull.head.ref,
        base_branch=pull.base.ref,
        is_fork=False,
        mergeable=Mergeable.UNKNOWN,
        merge_sha=None,
        merged_at=None,
        checks=(),
    )


def _sha(value: str | None) -> str:
    """Insist on a sha: PyGithub answers None for what a reply lacks."""
    if not value:
        raise ValueError("no sha")
    return value
