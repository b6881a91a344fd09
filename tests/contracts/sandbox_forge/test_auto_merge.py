"""Auto-merge as PyGithub asks for it."""

from typing import Any

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.server import eventually
from tests.contracts.sandbox_forge.steps import judged, pull_of, put


@pytest.fixture
def waiting(repo: Repository) -> PullRequest:
    """A pull request whose required status is missing."""
    repo.edit(allow_auto_merge=True)
    repo.get_branch("main").edit_protection(strict=False, contexts=["ci"])
    return judged(pull_of(repo, "topic", {"a.md": "a\n"}))


def green(pull: PullRequest) -> None:
    pull.base.repo.get_commit(pull.head.sha).create_status("success", context="ci")


def again(pull: PullRequest) -> PullRequest:
    return pull.base.repo.get_pull(pull.number)


def refused(act: Any, **given: Any) -> str:
    with pytest.raises(GithubException) as refusal:
        act(**given)
    [error] = refusal.value.data["errors"]
    assert error["type"] == "UNPROCESSABLE"
    return str(error["message"])


def test_it_merges_when_the_last_check_is_green(waiting: PullRequest):
    waiting.enable_automerge("SQUASH", commit_headline="Later", expected_head_oid=waiting.head.sha)
    assert again(waiting).raw_data["auto_merge"]["merge_method"] == "squash"
    green(waiting)
    eventually(lambda: again(waiting).merged)
    merged = again(waiting)
    message = merged.base.repo.get_commit(merged.merge_commit_sha).commit.message
    assert (message.splitlines()[0], merged.raw_data["auto_merge"]) == ("Later", None)


def test_it_can_be_taken_back(waiting: PullRequest):
    waiting.enable_automerge()
    said = waiting.disable_automerge(client_mutation_id="mine")
    assert said["clientMutationId"] == "mine"
    green(waiting)
    assert judged(waiting).mergeable_state == "clean"
    assert refused(waiting.disable_automerge) == "Can't disable auto-merge for this pull request."


def test_it_is_refused_where_nothing_is_missing(waiting: PullRequest):
    green(waiting)
    assert refused(waiting.enable_automerge) == "Pull request Pull request is in clean status"


def test_it_is_refused_where_the_repository_forbids_it(waiting: PullRequest):
    waiting.base.repo.edit(allow_auto_merge=False)
    message = "Pull request Auto merge is not allowed for this repository"
    assert refused(waiting.enable_automerge) == message


def test_it_is_refused_for_another_head_than_judged(waiting: PullRequest):
    other = waiting.base.sha
    message = "Pull request Head branch was modified. Review and try the merge again."
    assert refused(waiting.enable_automerge, expected_head_oid=other) == message


def test_it_is_refused_for_a_method_that_is_not_allowed(waiting: PullRequest):
    waiting.base.repo.edit(allow_squash_merge=False)
    message = "Pull request Merge method squash merging is not allowed on this repository"
    assert refused(waiting.enable_automerge, merge_method="SQUASH") == message


def test_a_push_to_the_head_leaves_it_enabled(waiting: PullRequest):
    waiting.enable_automerge()
    put(waiting.base.repo, "topic", "b.md", "b\n")
    assert again(waiting).raw_data["auto_merge"] is not None


def test_a_base_chosen_by_somebody_who_may_not_write_ends_it(waiting: PullRequest, tokens: Tokens):
    repo = waiting.base.repo
    repo.create_git_ref("refs/heads/next", waiting.base.sha)
    waiting.enable_automerge()
    weak = tokens.client("guest", permissions={"pull_requests": "write", "contents": "read"})
    weak.get_repo(repo.full_name).get_pull(waiting.number).edit(base="next")
    assert again(waiting).raw_data["auto_merge"] is None


def test_a_closed_pull_request_waits_no_more(waiting: PullRequest):
    waiting.enable_automerge()
    waiting.edit(state="closed")
    eventually(lambda: again(waiting).raw_data["auto_merge"] is None)
