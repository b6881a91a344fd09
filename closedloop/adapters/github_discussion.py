"""Comments on GitHub's pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from closedloop.adapters.github_client import GithubClient
    from closedloop.ports.discussion import CommentDraft

#: Comments that a look-up reads; ours are written on pull requests that hardly anybody discusses.
_MOST_COMMENTS = 1000


class GithubDiscussion:
    """Discussion on GitHub. `reads` may repeat itself, `writes` must not."""

    def __init__(self, *, writes: GithubClient, reads: GithubClient) -> None:
        self._writes = writes
        self._reads = reads

    def find_comment(self, draft: CommentDraft) -> str | None:
        """See Discussion."""
        # https://docs.github.com/en/rest/issues/comments#list-issue-comments; they are listed oldest first.
        path = self._reads.path(f"/issues/{draft.number}/comments")
        comments = self._reads.pages("find comment", path)
        for _, item in zip(range(_MOST_COMMENTS), comments, strict=False):
            with self._reads.call("find comment"):
                if draft.marker in (item["body"] or ""):
                    return str(item["html_url"])
        return None

    def add_comment(self, draft: CommentDraft) -> str:
        """See Discussion."""
        body = draft.body if draft.marker in draft.body else f"{draft.body}\n\n{draft.marker}"
        with self._writes.call("comment"):
            # https://docs.github.com/en/rest/issues/comments#create-an-issue-comment; a pull request is an
            # issue too. PyGithub's own method would first ask for the pull request.
            path = self._writes.path(f"/issues/{draft.number}/comments")
            _, made = self._writes.requester.requestJsonAndCheck("POST", path, input={"body": body})
            return str(made["html_url"])
