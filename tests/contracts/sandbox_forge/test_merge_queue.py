"""What a merge queue does with what is in it."""

import pytest
from github.Repository import Repository

from tests.contracts.sandbox_forge.queueing import (
    add_queue,
    dequeue,
    enqueue,
    green_pull,
    group_of,
    head_of,
    left,
    look,
    report,
)
from tests.contracts.sandbox_forge.server import eventually
from tests.contracts.sandbox_forge.steps import put, tip

_BUILD_ONE = {"max_entries_to_build": 1}


@pytest.fixture
def queued(repo: Repository) -> Repository:
    add_queue(repo)
    return repo


def test_an_entry_is_tried_on_a_branch_of_its_own_and_merged_when_green(queued: Repository):
    queued.edit(delete_branch_on_merge=True)
    base = tip(queued)
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    enqueue(pull, expectedHeadOid=pull.head.sha)
    entry = group_of(pull)
    sha = entry["headCommit"]["oid"]
    assert entry["baseCommit"]["oid"] == base
    assert tip(queued, f"gh-readonly-queue/main/pr-{pull.number}-{base}") == sha
    report(queued, sha)
    merged = left(pull)
    assert (merged.merged, merged.merge_commit_sha, tip(queued)) == (True, sha, sha)
    assert (merged.merged_by.login, merged.merged_by.type) == ("github-merge-queue[bot]", "Bot")
    eventually(lambda: [one.name for one in queued.get_branches()] == ["main"])


def test_entries_stand_one_on_the_other_and_are_merged_in_order(queued: Repository):
    pulls = [green_pull(queued, name, {f"{name}.md": "x\n"}) for name in ("one", "two", "three")]
    for pull in pulls:
        enqueue(pull)
    heads = [head_of(pull) for pull in pulls]
    assert [group_of(pull)["baseCommit"]["oid"] for pull in pulls[1:]] == heads[:2]
    assert [group_of(pull)["position"] for pull in pulls] == [1, 2, 3]
    for head in reversed(heads):
        report(queued, head)
    assert [left(pull).merge_commit_sha for pull in pulls] == heads
    assert [one.commit.message.splitlines()[0] for one in queued.get_commits()][:3] == [
        f"Add {name}.md (#{pull.number})"
        for name, pull in zip(("three", "two", "one"), reversed(pulls), strict=True)
    ]


def test_a_red_entry_goes_and_what_stood_on_it_is_built_anew(queued: Repository):
    first, second = (green_pull(queued, name, {f"{name}.md": "x\n"}) for name in ("bad", "good"))
    enqueue(first)
    enqueue(second)
    stale = head_of(second)
    report(queued, head_of(first), "failure")
    assert left(first).merged is False
    eventually(lambda: head_of(second) != stale)
    report(queued, head_of(second))
    assert left(second).merged is True
    assert not [one.path for one in queued.get_git_tree("main").tree if one.path == "bad.md"]


def test_a_red_entry_behind_others_stays_until_they_are_judged(queued: Repository):
    first, second = (green_pull(queued, name, {f"{name}.md": "x\n"}) for name in ("one", "two"))
    enqueue(first)
    enqueue(second)
    report(queued, head_of(second), "failure")
    eventually(lambda: group_of(second)["state"] == "UNMERGEABLE")
    report(queued, head_of(first))
    assert (left(first).merged, left(second).merged) == (True, False)


def test_what_conflicts_with_an_entry_ahead_is_removed(queued: Repository):
    start = tip(queued)
    first, second = (green_pull(queued, name, {"README.md": f"# {name}\n"}, start) for name in ("a", "b"))
    enqueue(first)
    enqueue(second)
    assert left(second).merged is False
    report(queued, head_of(first))
    assert left(first).merged is True


def test_a_base_that_moved_has_everything_built_anew(repo: Repository):
    # Administrators pass, to move the base under the queue.
    bypass = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]
    add_queue(repo, bypass_actors=bypass)
    pull = green_pull(repo, "topic", {"a.md": "a\n"})
    enqueue(pull)
    stale = head_of(pull)
    moved = put(repo, "main", "b.md", "b\n")
    entry = eventually(lambda: (one := group_of(pull))["headCommit"]["oid"] != stale and one)
    assert entry["baseCommit"]["oid"] == moved
    report(repo, entry["headCommit"]["oid"])
    assert left(pull).merged is True


def test_no_more_are_built_at_once_than_allowed(repo: Repository):
    add_queue(repo, parameters=_BUILD_ONE)
    first, second = (green_pull(repo, name, {f"{name}.md": "x\n"}) for name in ("one", "two"))
    enqueue(first)
    head = head_of(first)
    enqueue(second)
    assert look(second)["mergeQueueEntry"]["state"] == "QUEUED"
    report(repo, head)
    assert group_of(second)["baseCommit"]["oid"] == head


def test_an_administrator_may_jump_the_queue(repo: Repository):
    add_queue(repo, parameters=_BUILD_ONE)
    first, urgent = (green_pull(repo, name, {f"{name}.md": "x\n"}) for name in ("first", "urgent"))
    enqueue(first)
    assert enqueue(urgent, jump=True)["position"] == 1
    assert (group_of(urgent)["jump"], look(first)["mergeQueueEntry"]["position"]) == (True, 2)


def test_a_pull_request_can_be_taken_out_again(queued: Repository):
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    enqueue(pull)
    head = head_of(pull)
    assert dequeue(pull) == {"number": pull.number, "isInMergeQueue": False}
    report(queued, head)
    assert left(pull).merged is False
    assert [one.name for one in queued.get_branches()] == ["main", "topic"]


def test_a_closed_pull_request_leaves_the_queue(queued: Repository):
    pull = green_pull(queued, "topic", {"a.md": "a\n"})
    enqueue(pull)
    pull.edit(state="closed")
    assert left(pull).merged is False
