"""How many requests each act costs, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Unknown
from closedloop.ports.forge import IssueDraft, MergeOrder, PullDraft
from tasks_app.pipeline.budget import pull_writes
from tests.unit.adapters.rigs import REPO, Rig, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TREE, COMMIT = "b" * 40, "c" * 40
PULL = {
    "number": 7, "html_url": "http://forge/7", "issue_url": "/repos/acme/handbook/issues/7",
    "head": {"sha": COMMIT, "ref": "ours/a"}, "base": {"ref": "main"},
}  # fmt: skip
PULL_DRAFT = PullDraft(title="t", body="b", head_branch="ours/a", base_branch="main")


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


def test_an_issue_always_carries_its_marker(httpserver: HTTPServer, rig: Rig):
    opened = {"number": 3, "html_url": "http://forge/3"}
    httpserver.expect_request(f"{REPO}/issues").respond_with_json(opened, status=201)
    rig.writer.open_issue(IssueDraft(title="t", body="text", labels=(), marker="mark-1"))
    assert httpserver.log[0][0].get_json()["body"] == "text\n\nmark-1"


def writes(httpserver: HTTPServer) -> int:
    return sum(not line.startswith("GET ") for line in sent(httpserver))


@pytest.mark.parametrize("labels", [(), ("P0",), ("P0", "hotfix")])
def test_the_budget_knows_what_a_pull_request_costs(
    httpserver: HTTPServer, rig: Rig, labels: tuple[str, ...]
):
    httpserver.expect_request(f"{REPO}/pulls").respond_with_json(PULL, status=201)
    httpserver.expect_request(f"{REPO}/issues/7/labels").respond_with_json([])
    draft = PullDraft(title="t", body="b", head_branch="ours/a", base_branch="main", labels=labels)
    rig.writer.open_pull(draft)
    assert writes(httpserver) == pull_writes(labels)


def test_the_budget_knows_that_closing_costs_one_write(httpserver: HTTPServer, rig: Rig):
    closed = {**PULL, "state": "closed"}
    httpserver.expect_request(f"{REPO}/pulls/7", method="PATCH").respond_with_json(closed)
    rig.writer.close_pull(7)
    assert (writes(httpserver), len(sent(httpserver))) == (1, 1)


@pytest.mark.parametrize(
    "body", ["", "<html>Unicorn!</html>", "{}", '{"data": null}', '{"number": 7, "state": "open"}']
)
def test_a_closing_that_the_answer_does_not_show_is_unknown(httpserver: HTTPServer, rig: Rig, body: str):
    httpserver.expect_request(f"{REPO}/pulls/7").respond_with_data(body, content_type="application/json")
    with pytest.raises(Unknown):
        rig.writer.close_pull(7)
    assert sent(httpserver) == ["PATCH /pulls/7"]
