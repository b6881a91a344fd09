"""GitTransport by REST: how many requests each act costs, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Conflict, Unavailable
from closedloop.ports.forge import BranchDraft, CommitDraft
from tests.unit.adapters.rigs import REPO, SHA, Rig, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TREE, COMMIT = "b" * 40, "c" * 40


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
    head = rig.git.publish_branch(branch("one"))
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
        rig.git.publish_branch(branch("one", "two"))
    assert [line.partition(" ")[0] for line in sent(httpserver)].count("GET") == 1


def test_a_batch_is_one_commit_on_its_base_with_every_trace_id(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    head = rig.git.publish_branch(branch("one\n\ntrace-id: 1\n", "two\n\ntrace-id: 2\n"))
    bodies = [request.get_json() for request, _ in httpserver.log if request.method == "POST"]
    (message, parents) = next((body["message"], body["parents"]) for body in bodies if "message" in body)
    assert (head.commit_shas, parents) == ((COMMIT, COMMIT), [SHA])
    assert message == "one (+1 more)\n\n- one\n- two\n\ntrace-id: 1\ntrace-id: 2\n"
    assert bodies[0]["tree"][0]["content"] == "# two\n\ntrace-id: 2\n, 你好\n"


def test_a_file_goes_up_inline_as_text(httpserver: HTTPServer, rig: Rig):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    rig.git.publish_branch(branch("one"))
    (tree,) = next(r.get_json()["tree"] for r, _ in httpserver.log if r.path.endswith("/git/trees"))
    assert tree == {"path": "docs/FAQ.md", "mode": "100644", "type": "blob", "content": "# one, 你好\n"}


def test_a_lost_answer_before_the_branch_is_named_has_no_effect(httpserver: HTTPServer, rig: Rig):
    base = {"sha": SHA, "tree": {"sha": "d" * 40}}
    httpserver.expect_request(f"{REPO}/git/commits/{SHA}").respond_with_json(base)
    httpserver.expect_request(f"{REPO}/git/trees").respond_with_data("bad gateway", status=502)
    with pytest.raises(Unavailable):
        rig.git.publish_branch(branch("one"))


def expect_branch(httpserver: HTTPServer, sha: str = COMMIT) -> None:
    shown = httpserver.expect_request(f"{REPO}/git/ref/heads/ours/a", method="GET")
    shown.respond_with_json({"object": {"sha": sha}})


def test_what_somebody_pushed_to_is_not_deleted(httpserver: HTTPServer, rig: Rig):
    expect_branch(httpserver, SHA)
    with pytest.raises(Conflict):
        rig.git.delete_branch("ours/a", COMMIT)
    assert sent(httpserver) == ["GET /git/ref/heads/ours/a"]


def test_deleting_a_branch_that_vanishes_meanwhile_is_no_error(httpserver: HTTPServer, rig: Rig):
    expect_branch(httpserver)
    gone = {"message": "Reference does not exist"}
    httpserver.expect_request(f"{REPO}/git/refs/heads/ours/a", method="DELETE").respond_with_json(
        gone, status=422
    )
    rig.git.delete_branch("ours/a", COMMIT)
    assert sent(httpserver) == ["GET /git/ref/heads/ours/a", "DELETE /git/refs/heads/ours/a"]


def writes(httpserver: HTTPServer) -> int:
    return sum(not line.startswith("GET ") for line in sent(httpserver))


@pytest.mark.parametrize("commits", [0, 1, 5])
def test_the_budget_knows_what_a_branch_costs(httpserver: HTTPServer, rig: Rig, commits: int):
    expect_objects(httpserver)
    httpserver.expect_request(f"{REPO}/git/refs").respond_with_json({"object": {"sha": COMMIT}}, status=201)
    rig.git.publish_branch(branch(*map(str, range(commits))))
    assert writes(httpserver) == rig.git.branch_writes(commits)


def test_the_budget_knows_what_a_tag_and_a_deletion_cost(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(f"{REPO}/git/refs", method="POST").respond_with_json(
        {"object": {"sha": COMMIT}}, status=201
    )
    httpserver.expect_request(f"{REPO}/git/refs/heads/ours/a", method="DELETE").respond_with_data(
        "", status=204
    )
    expect_branch(httpserver)
    rig.git.create_tag("v1", COMMIT)
    rig.git.delete_branch("ours/a", COMMIT)
    assert writes(httpserver) == 2 * rig.git.ref_writes
