"""Auto-merge and merge queue: what is asked, and what GitHub's refusals mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

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
from closedloop.ports.forge import MergeOrder
from closedloop.ports.merging import MergeMethod, MergeQueue, MergeRules
from tests.unit.adapters.rigs import SHA, Rig, hanging_up, rig_on

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

GRAPHQL = "/api/graphql"
ORDER = MergeOrder(number=7, head_sha=SHA, method="merge", title="T", message="M")
URGENT = MergeOrder(number=7, head_sha=SHA, method="merge", title="T", message="M", is_urgent=True)
PINNED = {"pullRequestId": "PR_7", "expectedHeadOid": SHA}
REPOSITORY: dict[str, Any] = {
    "squashMergeAllowed": True, "mergeCommitAllowed": False, "rebaseMergeAllowed": True,
    "autoMergeAllowed": True, "deleteBranchOnMerge": True, "mergeQueue": None, "ref": None,
}  # fmt: skip

RULES = MergeRules(
    methods=frozenset({MergeMethod.SQUASH, MergeMethod.REBASE}), allows_auto_merge=True, deletes_branches=True
)


def knows(httpserver: HTTPServer, pull: dict[str, str] | None) -> None:
    body = {"data": {"repository": {"pullRequest": pull}}}
    httpserver.expect_ordered_request(GRAPHQL, method="POST").respond_with_json(body)


def answers(httpserver: HTTPServer, body: dict[str, Any]) -> None:
    knows(httpserver, {"id": "PR_7"})
    httpserver.expect_ordered_request(GRAPHQL, method="POST").respond_with_json(body)


def refusal(message: str, **error: Any) -> dict[str, Any]:
    return {"data": {"enqueuePullRequest": None}, "errors": [{"message": message, **error}]}


def asked(httpserver: HTTPServer) -> tuple[str, dict[str, Any]]:
    """The mutation and its input."""
    body = httpserver.log[-1][0].get_json()
    return body["query"].split("{")[1].split("(")[0].strip(), body["variables"]["input"]


def test_auto_merge_is_pinned_to_the_head_and_says_how(httpserver: HTTPServer, rig: Rig):
    answers(httpserver, {"data": {"enablePullRequestAutoMerge": {"pullRequest": {"number": 7}}}})
    rig.writer.enable_auto_merge(ORDER)
    wanted = {**PINNED, "mergeMethod": "MERGE", "commitHeadline": "T", "commitBody": "M"}
    assert asked(httpserver) == ("enablePullRequestAutoMerge", wanted)


@pytest.mark.parametrize(("order", "wanted"), [(ORDER, PINNED), (URGENT, {**PINNED, "jump": True})])
def test_queueing_is_pinned_to_the_head_and_leaves_the_method_to_the_queue(
    httpserver: HTTPServer, rig: Rig, order: MergeOrder, wanted: dict[str, Any]
):
    answers(httpserver, {"data": {"enqueuePullRequest": {"mergeQueueEntry": {"position": 1}}}})
    rig.writer.enqueue(order)
    assert asked(httpserver) == ("enqueuePullRequest", wanted)


def test_what_is_queued_already_is_where_it_was_to_be(httpserver: HTTPServer, rig: Rig):
    answers(httpserver, refusal("Pull request is already in the merge queue", type="UNPROCESSABLE"))
    rig.writer.enqueue(ORDER)
    assert len(httpserver.log) == 2


@pytest.mark.parametrize(
    ("message", "error", "failure"),
    [
        ("Pull request Pull request is in clean status", {"type": "UNPROCESSABLE"}, AlreadyClean),
        ("Pull request Pull request is in unstable status", {"type": "UNPROCESSABLE"}, AlreadyClean),
        ("Pull request Auto merge is not allowed for this repository", {"type": "UNPROCESSABLE"}, Refused),
        ("expected head sha didn't match current head ref.", {"type": "UNPROCESSABLE"}, Conflict),
        ("Merge queue is not enabled", {"type": "UNPROCESSABLE"}, Refused),
        ("Resource not accessible by integration", {"type": "FORBIDDEN"}, Forbidden),
        ("Your token has not been granted the scopes", {"type": "INSUFFICIENT_SCOPES"}, Forbidden),
        ("Could not resolve to a node", {"type": "NOT_FOUND"}, NotFound),
        ("API rate limit exceeded", {"type": "RATE_LIMITED"}, RateLimited),
        ("Field 'enqueue' doesn't exist", {"extensions": {"code": "undefinedField"}}, Refused),
        ("Something went wrong while executing your query", {}, Unknown),
    ],
)
def test_a_refusal_is_told_in_our_words(
    httpserver: HTTPServer, rig: Rig, message: str, error: dict[str, Any], failure: type[PortError]
):
    answers(httpserver, refusal(message, **error))
    with pytest.raises(PortError, match=message) as found:
        rig.writer.enable_auto_merge(ORDER)
    assert type(found.value) is failure


def test_an_answer_without_anything_is_unknown(httpserver: HTTPServer, rig: Rig):
    answers(httpserver, {"data": {"enqueuePullRequest": None}})
    with pytest.raises(Unknown):
        rig.writer.enqueue(ORDER)


def test_a_failing_server_may_have_obeyed(httpserver: HTTPServer, rig: Rig):
    knows(httpserver, {"id": "PR_7"})
    httpserver.expect_ordered_request(GRAPHQL, method="POST").respond_with_data("bad gateway", status=502)
    with pytest.raises(Unknown):
        rig.writer.enqueue(ORDER)


def test_a_pull_request_that_is_not_there_is_not_found(httpserver: HTTPServer, rig: Rig):
    knows(httpserver, None)
    with pytest.raises(NotFound):
        rig.writer.enqueue(ORDER)


def test_a_lost_answer_to_the_first_question_has_no_effect():
    with hanging_up() as address, rig_on(address) as rig, pytest.raises(PortError) as found:
        rig.writer.enqueue(ORDER)
    assert found.value.code == "unavailable"


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, RULES),
        (
            {"mergeQueue": {"configuration": {"mergeMethod": "MERGE"}}},
            replace(RULES, queue=MergeQueue(method=MergeMethod.MERGE)),
        ),
        ({"mergeQueue": {"configuration": None}}, replace(RULES, queue=MergeQueue(method=None))),
        ({"ref": {"refUpdateRule": None}}, RULES),
        ({"ref": {"refUpdateRule": {"requiresLinearHistory": True}}}, replace(RULES, is_linear=True)),
    ],
)
def test_the_rules_of_a_repository_are_read_in_one_query(
    httpserver: HTTPServer, rig: Rig, changes: dict[str, Any], rules: MergeRules
):
    body = {"data": {"repository": {**REPOSITORY, **changes}}}
    httpserver.expect_request(GRAPHQL, method="POST").respond_with_json(body)
    assert rig.pulls.merge_rules("main") == rules
    assert (len(httpserver.log), httpserver.log[0][0].get_json()["variables"]["ref"]) == (
        1,
        "refs/heads/main",
    )
