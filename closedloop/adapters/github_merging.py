"""GitHub's ways of merging that REST does not have: the rules of a repository, auto-merge and merge queue.

https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closedloop.ports.errors import (
    AlreadyClean,
    Conflict,
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Refused,
    Unknown,
)
from closedloop.ports.merging import MergeMethod, MergeQueue, MergeRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.adapters.github_client import GithubClient
    from closedloop.ports.forge import MergeOrder

#: `refUpdateRule` tells what holds for the token's account without administration rights.
RULES_QUERY = """
query Rules($owner: String!, $name: String!, $branch: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge
    mergeQueue(branch: $branch) { configuration { mergeMethod } }
    ref(qualifiedName: $ref) { refUpdateRule { requiresLinearHistory } }
  }
}
"""
_ID_QUERY = """
query Id($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id } }
}
"""
_AUTO_MERGE = """
mutation Later($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}
"""
_ENQUEUE = """
mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}
"""
_ALLOWED = {
    "squashMergeAllowed": MergeMethod.SQUASH,
    "mergeCommitAllowed": MergeMethod.MERGE,
    "rebaseMergeAllowed": MergeMethod.REBASE,
}
#: GitHub tells these apart in words alone. "Unstable" is mergeable too: what is red or open is not required.
_CLEAN_WORDS = ("in clean status", "in unstable status")
_MOVED_WORDS = ("head sha", "head oid", "headoid", "head branch was modified", "head ref")
_QUEUED_WORDS = ("already in the merge queue", "already queued", "already in the queue", "already enqueued")


def read_rules(repository: dict[str, Any]) -> MergeRules:
    """Read the answer to `RULES_QUERY`."""
    queue, rule = repository["mergeQueue"], (repository["ref"] or {}).get("refUpdateRule") or {}
    return MergeRules(
        methods=frozenset(method for name, method in _ALLOWED.items() if repository[name]),
        is_linear=bool(rule.get("requiresLinearHistory")),
        allows_auto_merge=bool(repository["autoMergeAllowed"]),
        queue=None if queue is None else MergeQueue(method=_queue_method(queue)),
        deletes_branches=bool(repository["deleteBranchOnMerge"]),
    )


def _queue_method(queue: dict[str, Any]) -> MergeMethod | None:
    named = (queue["configuration"] or {}).get("mergeMethod")
    return MergeMethod(str(named).lower()) if named else None


class GithubMerging:
    """Has pull requests merged by GitHub itself. `reads` may repeat itself, `writes` must not."""

    def __init__(self, *, writes: GithubClient, reads: GithubClient) -> None:
        self._writes = writes
        self._reads = reads

    def enable_auto_merge(self, order: MergeOrder) -> None:
        """See ForgeWriter."""
        # https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge
        wanted = {"mergeMethod": order.method.upper(), "commitHeadline": order.title}
        self._mutate("enable auto-merge", _AUTO_MERGE, order, {**wanted, "commitBody": order.message})

    def enqueue(self, order: MergeOrder) -> None:
        """See ForgeWriter."""
        # https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest; it takes no method.
        try:
            self._mutate("enqueue", _ENQUEUE, order, {"jump": True} if order.is_urgent else {})
        except _AlreadyQueued:
            return

    def _mutate(self, what: str, mutation: str, order: MergeOrder, wanted: dict[str, Any]) -> None:
        found = self._reads.ask(what, _ID_QUERY, {"number": order.number})["pullRequest"]
        if not found:
            raise NotFound(f"{what}: no pull request {order.number}")
        named = {"pullRequestId": found["id"], "expectedHeadOid": order.head_sha}
        body = {"query": mutation, "variables": {"input": {**named, **wanted}}}
        with self._writes.call(what):
            requester = self._writes.requester
            _, answer = requester.requestJsonAndCheck("POST", requester.graphql_url, input=body)
            errors, data = answer.get("errors") or [], answer.get("data") or {}
            if errors or not any(data.values()):
                raise mutation_failure(what, errors)


class _AlreadyQueued(Refused):
    """It is where it was to be put."""


_BY_KIND = {
    "RATE_LIMITED": RateLimited,
    "FORBIDDEN": Forbidden,
    "INSUFFICIENT_SCOPES": Forbidden,
    "NOT_FOUND": NotFound,
}
_BY_WORDS = ((_CLEAN_WORDS, AlreadyClean), (_MOVED_WORDS, Conflict), (_QUEUED_WORDS, _AlreadyQueued))


def mutation_failure(what: str, errors: Sequence[dict[str, Any]]) -> PortError:
    """Say what the `errors` of a refused mutation mean."""
    said = "; ".join(str(error.get("message", "")) for error in errors)
    kinds = {str(error.get("type")) for error in errors}
    words, detail = said.lower(), f"{what}: {said or 'nothing was answered'}"
    for kind, failure in _BY_KIND.items():
        if kind in kinds:
            return failure(detail)
    for marks, failure in _BY_WORDS:
        if any(mark in words for mark in marks):
            return failure(detail)
    # The schema's own refusals have a code. What has neither is GitHub's trouble: it may have obeyed.
    is_refused = any("type" in error or "extensions" in error for error in errors)
    return Refused(detail) if is_refused else Unknown(detail)
