"""How many requests each act costs, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.forge import BranchDraft, CommitDraft, IssueDraft, MergeOrder, PullDraft
from tasks_app.pipeline.budget import branch_writes, pull_writes
from tests.unit.adapters.rigs import REPO, SHA, Rig, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TREE, COMMIT = "b" * 40, "c" * 40
PULL = {
    "number": 7, "html_url": "http://forge/7", "issue_url": "/repos/acme/handbook/issues/7",
    "head": {"sha": COMMIT, "ref": "ours/a"}, "base": {"ref": "main"},
}  # fmt: skip
PULL_DRAFT = PullDraft(title="t", body="b", head_branch="ours/a", base_branch="main")


def expect_objects(httpserver: HTTPServer) -> None:
    base = {"sha": SHA, "tree": {"sha": "d" * 40}}
    httpserver.expect_request(f"{REPO}/git/commits/{SHA}", method="GET").respond_with_json(base)
    httpserver.expect_request(f"{REPO}/git/trees", method="POST").respond_with_json({"sha": TREE}, status=201)
    httpserver.expect_request(f"{REPO}/git/commits", method="POST").respond_with_json(
        {"sha": COMMIT}, status=201
    )


def branch(*messages: str) -> BranchDraft:
    commits = tuple(
        CommitDraft(message=message, files={"docs/FAQ.md": f"# {message}, 你好\n"}) for message in messages
    )
    return BranchDraft(name="ours/a", base_sha=SHA, commits=commits)


def test_publishing_one_commit_takes_three_writes(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    head = rig.writer.publish_branch(branch("one"))
    assert (head.head_sha, head.commit_shas) == (COMMIT, (COMMIT,))
    assert sent(httpserver) == [
        f"GET /git/commits/{SHA}",
        "POST /git/trees",
        "POST /git/commits",
        "POST /git/refs",
    ]


def test_a_base_is_read_once_for_many_branches(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    for _ in range(2):
        rig.writer.publish_branch(branch("one", "two"))
    assert [line.partition(" ")[0] for line in sent(httpserver)].count("GET") == 1


def test_each_commit_is_based_on_the_one_before(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    rig.writer.publish_branch(branch("one", "two"))
    bodies = [request.get_json() for request, _ in httpserver.log if request.method == "POST"]
    assert [body["base_tree"] for body in bodies if "base_tree" in body] == ["d" * 40, TREE]
    assert [body["parents"] for body in bodies if "parents" in body] == [[SHA], [COMMIT]]


def test_a_file_goes_up_inline_as_text(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    rig.writer.publish_branch(branch("one"))
    (tree,) = next(r.get_json()["tree"] for r, _ in httpserver.log if r.path.endswith("/git/trees"))
    assert tree == {"path": "docs/FAQ.md", "mode": "100644", "type": "blob", "content": "# one, 你好\n"}


def test_a_lost_answer_before_the_branch_is_named_has_no_effect(httpserver: HTTPServer, rig: Rig):
    base = {"sha": SHA, "tree": {"sha": "d" * 40}}
    httpserver.expect_request(f"{REPO}/git/commits/{SHA}").respond_with_json(base)
    httpserver.expect_request(f"{REPO}/git/trees").respond_with_data("bad gateway", status=502)
    with pytest.raises(Unavailable):
        rig.writer.publish_branch(branch("one"))


def test_opening_a_pull_request_takes_one_write(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(f"{REPO}/pulls").respond_with_json(PULL, status=201)
    view = rig.writer.open_pull(PULL_DRAFT)
    assert (view.number, view.head_sha, sent(httpserver)) == (7, COMMIT, ["POST /pulls"])


def test_a_pull_request_without_its_labels_is_unknown(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(f"{REPO}/pulls").respond_with_json(PULL, status=201)
    httpserver.expect_request(f"{REPO}/issues/7/labels").respond_with_json({"message": "no"}, status=403)
    labelled = PullDraft(title="t", body="b", head_branch="ours/a", base_branch="main", labels=("P0",))
    with pytest.raises(Unknown, match="pull request 7 is open, not labelled"):
        rig.writer.open_pull(labelled)


def test_merging_takes_one_write_pinned_to_the_head(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(f"{REPO}/pulls/7/merge").respond_with_json(
        {"sha": TREE, "merged": True, "message": ""}
    )
    order = MergeOrder(number=7, head_sha=COMMIT, method="squash", title="T", message="M")
    merged = rig.writer.merge_pull(order)
    (request, _) = httpserver.log[0]
    expected = {"sha": COMMIT, "merge_method": "squash", "commit_title": "T", "commit_message": "M"}
    assert (merged, len(httpserver.log), request.get_json()) == (TREE, 1, expected)


def test_deleting_a_missing_branch_is_no_error(httpserver: HTTPServer, rig: Rig):
    gone = {"message": "Reference does not exist"}
    httpserver.expect_request(f"{REPO}/git/refs/heads/ours/a", method="DELETE").respond_with_json(
        gone, status=422
    )
    rig.writer.delete_branch("ours/a")
    assert sent(httpserver) == ["DELETE /git/refs/heads/ours/a"]


def test_an_issue_always_carries_its_marker(httpserver: HTTPServer, rig: Rig):
    opened = {"number": 3, "html_url": "http://forge/3"}
    httpserver.expect_request(f"{REPO}/issues").respond_with_json(opened, status=201)
    rig.writer.open_issue(IssueDraft(title="t", body="text", labels=(), marker="mark-1"))
    assert httpserver.log[0][0].get_json()["body"] == "text\n\nmark-1"


def writes(httpserver: HTTPServer) -> int:
    return sum(not line.startswith("GET ") for line in sent(httpserver))


@pytest.mark.parametrize("commits", [1, 2, 5])
def test_the_budget_knows_what_a_branch_costs(httpserver: HTTPServer, rig: Rig, commits: int):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    rig.writer.publish_branch(branch(*map(str, range(commits))))
    assert writes(httpserver) == branch_writes(commits)


@pytest.mark.parametrize("labels", [(), ("P0",), ("P0", "hotfix")])
def test_the_budget_knows_what_a_pull_request_costs(
    httpserver: HTTPServer, rig: Rig, labels: tuple[str, ...]
):
    httpserver.expect_request(f"{REPO}/pulls").respond_with_json(PULL, status=201)
    httpserver.expect_request(f"{REPO}/issues/7/labels").respond_with_json([])
    draft = PullDraft(title="t", body="b", head_branch="ours/a", base_branch="main", labels=labels)
    rig.writer.open_pull(draft)
    assert writes(httpserver) == pull_writes(labels)


def test_the_budget_knows_that_the_other_acts_cost_one_write_each(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(f"{REPO}/git/refs", method="POST").respond_with_json(
        {"object": {"sha": COMMIT}}, status=201
    )
    httpserver.expect_request(f"{REPO}/pulls/7", method="PATCH").respond_with_json(PULL)
    httpserver.expect_request(f"{REPO}/git/refs/heads/ours/a", method="DELETE").respond_with_data(
        "", status=204
    )
    rig.writer.create_tag("v1", COMMIT)
    rig.writer.close_pull(7)
    rig.writer.delete_branch("ours/a")
    assert (writes(httpserver), len(sent(httpserver))) == (3, 3)
