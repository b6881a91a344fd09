"""A repository with a merge queue, and sentences about it; checks are statuses that the test reports."""

from typing import Any

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.contracts.sandbox_forge.server import eventually
from tests.contracts.sandbox_forge.steps import call, judged, pull_of

_LOOK = """query($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue isMergeQueueEnabled state
  mergeQueueEntry { state position jump headCommit { oid } baseCommit { oid } enqueuer { login } } } } }"""
_ENQUEUE = """mutation($input: EnqueuePullRequestInput!) { enqueuePullRequest(input: $input) {
  mergeQueueEntry { state position } } }"""
_DEQUEUE = """mutation($input: DequeuePullRequestInput!) { dequeuePullRequest(input: $input) {
  mergeQueueEntry { pullRequest { number isInMergeQueue } } } }"""
PARAMETERS = {
    "check_response_timeout_minutes": 10,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 3,
    "max_entries_to_merge": 2,
    "merge_method": "SQUASH",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 1,
}


def add_queue(repo: Repository, **options: Any) -> None:
    """Give `main` a merge queue and one required status."""
    checks = {
        "required_status_checks": [{"context": "ci"}],
        "strict_required_status_checks_policy": False,
    }
    rules = [
        {"type": "merge_queue", "parameters": PARAMETERS | options.pop("parameters", {})},
        {"type": "required_status_checks", "parameters": checks},
    ]
    named = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    body = {"name": "Queue", "enforcement": "active", "conditions": named, "rules": rules}
    call(repo, "POST", "rulesets", body | options)


def report(repo: Repository, sha: str, state: str = "success") -> None:
    repo.get_commit(sha).create_status(state, context="ci")


def green_pull(repo: Repository, name: str, files: dict[str, str], start: str | None = None) -> PullRequest:
    pull = pull_of(repo, name, files, start)
    report(repo, pull.head.sha)
    return judged(pull)


def look(pull: PullRequest) -> dict[str, Any]:
    _, answer = pull.requester.graphql_query(_LOOK, {"id": pull.node_id})
    return dict(answer["data"]["node"])


def group_of(pull: PullRequest) -> dict[str, Any]:
    """The entry of a pull request once it has been built."""
    return eventually(lambda: (entry := look(pull)["mergeQueueEntry"]) and entry["headCommit"] and entry)


def head_of(pull: PullRequest) -> str:
    return str(group_of(pull)["headCommit"]["oid"])


def enqueue(pull: PullRequest, **given: Any) -> dict[str, Any]:
    _, answer = pull.requester.graphql_query(_ENQUEUE, {"input": {"pullRequestId": pull.node_id} | given})
    return dict(answer["data"]["enqueuePullRequest"]["mergeQueueEntry"])


def dequeue(pull: PullRequest) -> dict[str, Any]:
    _, answer = pull.requester.graphql_query(_DEQUEUE, {"input": {"id": pull.node_id}})
    return dict(answer["data"]["dequeuePullRequest"]["mergeQueueEntry"]["pullRequest"])


def refused(act: Any, pull: PullRequest, **given: Any) -> str:
    with pytest.raises(GithubException) as refusal:
        act(pull, **given)
    return str(refusal.value.data["errors"][0]["message"])


def left(pull: PullRequest) -> PullRequest:
    """The pull request once it waits no more."""
    eventually(lambda: not look(pull)["isInMergeQueue"])
    return pull.base.repo.get_pull(pull.number)
