"""What is refused where a branch has a merge queue, and how the queue is shown."""

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.queueing import (
    PARAMETERS,
    add_queue,
    dequeue,
    enqueue,
    green_pull,
    head_of,
    left,
    look,
    refused,
    report,
)
from tests.contracts.sandbox_forge.steps import call, judged, pull_of, put, refusal, tip

_VIOLATED = "Repository rule violations found\n\n"
_QUEUE = """query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
  mergeQueue(branch: "main") { entries(first: 5) { totalCount nodes { pullRequest { number } } }
    configuration { checkResponseTimeout maximumEntriesToBuild maximumEntriesToMerge mergeMethod
      mergingStrategy minimumEntriesToMerge minimumEntriesToMergeWaitTime } }
  other: mergeQueue(branch: "other") { id } } }"""


@pytest.fixture
def queued(repo: Repository) -> Repository:
    add_queue(repo)
    return repo


def test_a_direct_merge_is_refused(queued: Repository):
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    expected = (405, f"{_VIOLATED}Changes must be made through the merge queue\n\n")
    assert refusal(pull.merge, merge_method="squash") == expected
    enqueue(pull)
    assert refusal(pull.merge, merge_method="squash") == (405, "Pull Request is in the merge queue")


def test_a_direct_write_is_refused(queued: Repository):
    sha = green_pull(queued, "topic", {"a.md": "a\n"}).head.sha
    status, message = refusal(queued.get_git_ref("heads/main").edit, sha)
    assert (status, message) == (422, f"{_VIOLATED}Changes must be made through the merge queue\n\n")


def test_whoever_may_pass_merges_directly(repo: Repository):
    passing = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]
    add_queue(repo, bypass_actors=passing)
    assert green_pull(repo, "topic", {"a.md": "a\n"}).merge().merged is True


def test_a_queued_branch_is_not_pushed_to(queued: Repository):
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    enqueue(pull)
    status, message = refusal(queued.create_file, "b.md", "Add", "b\n", branch="topic")
    assert (status, "Branches that are queued for merging cannot be updated." in message) == (409, True)
    dequeue(pull)
    put(queued, "topic", "b.md", "b\n")


def test_enqueueing_is_refused_with_the_reason(queued: Repository):
    pull = judged(pull_of(queued, "topic", {"a.md": "a\n"}))
    assert refused(enqueue, pull) == 'Pull request Required status check "ci" is expected.'
    assert refused(dequeue, pull) == "Pull request is not in the merge queue"
    report(queued, pull.head.sha, "failure")
    assert refused(enqueue, pull) == 'Pull request Required status check "ci" is failing.'
    report(queued, pull.head.sha)
    moved = "Pull request Head branch was modified. Review and try the merge again."
    assert refused(enqueue, pull, expectedHeadOid=tip(queued)) == moved
    enqueue(pull)
    assert refused(enqueue, pull) == "Pull request is already in the queue"


def test_a_branch_without_a_queue_takes_no_entry(repo: Repository):
    pull = judged(pull_of(repo, "topic", {"a.md": "a\n"}))
    assert refused(enqueue, pull) == "Merge queue is not enabled for this branch"
    assert look(pull)["isMergeQueueEnabled"] is False


def test_a_token_that_may_not_write_may_not_enqueue(queued: Repository, tokens: Tokens):
    number = green_pull(queued, "topic", {"a.md": "a\n"}).number
    weak = tokens.client("guest", permissions={"pull_requests": "write", "contents": "read"})
    message = "Resource not accessible by personal access token"
    assert refused(enqueue, weak.get_repo(queued.full_name).get_pull(number)) == message


def test_only_an_administrator_jumps(queued: Repository, tokens: Tokens):
    number = green_pull(queued, "topic", {"a.md": "a\n"}).number
    member = tokens.client("member").get_repo(queued.full_name).get_pull(number)
    assert "jump the queue" in refused(enqueue, member, jump=True)


def test_auto_merge_enqueues_at_once_what_is_ready(queued: Repository):
    queued.edit(allow_auto_merge=True)
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    pull.enable_automerge("SQUASH")
    assert (look(pull)["isInMergeQueue"], queued.get_pull(pull.number).raw_data["auto_merge"]) == (True, None)
    report(queued, head_of(pull))
    assert left(pull).merged is True


def test_auto_merge_enqueues_later_what_is_not_ready(queued: Repository):
    queued.edit(allow_auto_merge=True)
    pull = judged(pull_of(queued, "topic", {"a.md": "a\n"}))
    pull.enable_automerge("SQUASH")
    assert look(pull)["isInMergeQueue"] is False
    report(queued, pull.head.sha)
    report(queued, head_of(pull))
    assert left(pull).merged is True


def test_the_queue_is_shown_with_its_entries(queued: Repository):
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    enqueue(pull)
    owner, name = queued.full_name.split("/")
    _, answer = queued.requester.graphql_query(_QUEUE, {"owner": owner, "name": name})
    shown = answer["data"]["repository"]
    queue = shown["mergeQueue"]
    assert queue["entries"] == {"totalCount": 1, "nodes": [{"pullRequest": {"number": pull.number}}]}
    assert list(queue["configuration"].values()) == [10, 3, 2, "SQUASH", "ALLGREEN", 1, 1]
    assert shown["other"] is None


def test_the_rules_of_a_branch_tell_of_the_queue(queued: Repository):
    rules = {rule["type"]: rule.get("parameters") for rule in call(queued, "GET", "rules/branches/main")}
    assert rules["merge_queue"] == PARAMETERS


@pytest.mark.parametrize(
    "wrong",
    [{"merge_method": "OCTOPUS"}, {"max_entries_to_build": 101}, {"pace": 1}, {"min_entries_to_merge": "1"}],
)
def test_a_queue_that_makes_no_sense_is_refused(repo: Repository, wrong: dict[str, object]):
    assert refusal(add_queue, repo, parameters=wrong)[0] == 422
