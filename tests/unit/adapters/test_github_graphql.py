"""The look over GraphQL: how answers are read, and when they are asked for again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.github_graphql import PULLS_PER_QUERY, head_checks
from closedloop.ports.errors import BadReply, Forbidden, NotFound
from closedloop.ports.forge import Check, CheckOutcome
from tests.unit.adapters.rigs import SHA, Rig

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

GRAPHQL = "/api/graphql"
OVER = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)


def run(**values: Any) -> dict[str, Any]:
    usual = {
        "id": "CR_1",
        "name": "ci",
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "startedAt": None,
        "completedAt": None,
        "detailsUrl": None,
    }
    return {"__typename": "CheckRun", **usual, "checkSuite": {"app": {"databaseId": 9}}, **values}


def status(state: str, created_at: str) -> dict[str, Any]:
    return {
        "__typename": "StatusContext",
        "id": "SC_1",
        "context": "ci",
        "state": state,
        "targetUrl": None,
        "createdAt": created_at,
    }


def checked(*nodes: dict[str, Any], cursor: str | None = None, sha: str = SHA) -> dict[str, Any]:
    page = {"hasNextPage": cursor is not None, "endCursor": cursor}
    rollup = {"contexts": {"pageInfo": page, "nodes": list(nodes)}} if nodes else None
    return {"commits": {"nodes": [{"commit": {"oid": sha, "statusCheckRollup": rollup}}]}}


def pull(number: int, checks: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": number, "url": f"http://forge/{number}", "state": "OPEN", "isCrossRepository": False,
        "mergeable": "MERGEABLE", "mergeStateStatus": "CLEAN", "mergedAt": None,
        "headRefOid": SHA, "headRefName": "ours/a", "baseRefName": "main",
        "mergeCommit": None, "isInMergeQueue": False, "mergeQueueEntry": None,
        "autoMergeRequest": None, **checks,
    }  # fmt: skip


def answer(httpserver: HTTPServer, **repository: Any) -> None:
    body = {"data": {"repository": repository}}
    httpserver.expect_ordered_request(GRAPHQL, method="POST").respond_with_json(body)


@pytest.mark.parametrize(
    ("status", "conclusion", "outcome"),
    [
        ("QUEUED", None, CheckOutcome.PENDING),
        ("IN_PROGRESS", None, CheckOutcome.PENDING),
        ("WAITING", None, CheckOutcome.PENDING),
        ("COMPLETED", "SUCCESS", CheckOutcome.SUCCESS),
        ("COMPLETED", "NEUTRAL", CheckOutcome.NEUTRAL),
        ("COMPLETED", "SKIPPED", CheckOutcome.NEUTRAL),
        ("COMPLETED", "FAILURE", CheckOutcome.FAILURE),
        ("COMPLETED", "TIMED_OUT", CheckOutcome.FAILURE),
        ("COMPLETED", "STALE", CheckOutcome.FAILURE),
        ("COMPLETED", None, CheckOutcome.FAILURE),
    ],
)
def test_a_check_run_succeeds_only_when_it_says_so(
    status: str, conclusion: str | None, outcome: CheckOutcome
):
    checks, _ = head_checks(checked(run(status=status, conclusion=conclusion)), SHA)
    assert checks == [Check(name="ci", outcome=outcome, app_id=9, report_id="CR_1")]


@pytest.mark.parametrize("seen", [checked(), checked(run(), sha="b" * 40), {"commits": {"nodes": []}}])
def test_checks_of_another_commit_are_no_evidence(seen: dict[str, Any]):
    assert head_checks(seen, SHA) == ([], None)


def test_more_than_a_hundred_checks_are_read_to_the_end(httpserver: HTTPServer, rig: Rig):
    answer(httpserver, p1=pull(1, checked(run(name="a"), cursor="next")))
    answer(httpserver, pull=checked(run(name="b")))
    view = rig.pulls.look_at([1])[1]
    asked = [request.get_json()["variables"].get("after") for request, _ in httpserver.log]
    assert ([check.name for check in view.checks], asked) == (["a", "b"], [None, "next"])


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({}, (False, False, None)),
        ({"autoMergeRequest": {"enabledAt": "2026-01-05T12:00:00Z"}}, (False, True, None)),
        ({"isInMergeQueue": True, "mergeQueueEntry": {"headCommit": None}}, (True, False, None)),
        ({"isInMergeQueue": True, "mergeQueueEntry": {"headCommit": {"oid": "g"}}}, (True, False, "g")),
    ],
)
def test_a_look_tells_who_is_about_to_merge_it(
    httpserver: HTTPServer, rig: Rig, fields: dict[str, Any], seen: tuple[bool, bool, str | None]
):
    answer(httpserver, p1={**pull(1, checked()), **fields})
    view = rig.pulls.look_at([1])[1]
    assert (view.is_queued, view.is_auto_merging, view.group_sha) == seen


def test_checks_of_any_commit_are_read_to_the_end(httpserver: HTTPServer, rig: Rig):
    for page in (checked(run(name="a"), cursor="next"), checked(run(name="b"))):
        answer(httpserver, commit=page["commits"]["nodes"][0]["commit"])
    assert [check.name for check in rig.pulls.checks_of(SHA)] == ["a", "b"]


def test_a_commit_that_is_not_known_has_no_checks(httpserver: HTTPServer, rig: Rig):
    answer(httpserver, commit=None)
    assert list(rig.pulls.checks_of(SHA)) == []


def test_many_pull_requests_take_one_query_per_fifty(httpserver: HTTPServer, rig: Rig):
    for start in (0, PULLS_PER_QUERY):
        answer(
            httpserver, **{f"p{n}": pull(n, checked()) for n in range(start + 1, start + PULLS_PER_QUERY + 1)}
        )
    numbers = list(range(1, 2 * PULLS_PER_QUERY + 1))
    assert (list(rig.pulls.look_at(numbers)), len(httpserver.log)) == (numbers, 2)


def test_a_pull_request_that_is_missing_does_not_spoil_the_others(httpserver: HTTPServer, rig: Rig):
    missing = {
        "type": "NOT_FOUND",
        "path": ["repository", "p2"],
        "message": "Could not resolve to a PullRequest",
    }
    body = {"data": {"repository": {"p1": pull(1, checked()), "p2": None}}, "errors": [missing]}
    httpserver.expect_request(GRAPHQL).respond_with_json(body)
    assert set(rig.pulls.look_at([1, 2])) == {1}


@pytest.mark.parametrize(("kind", "error"), [("NOT_FOUND", NotFound), ("FORBIDDEN", Forbidden)])
def test_a_repository_that_cannot_be_seen_is_an_error(
    httpserver: HTTPServer, rig: Rig, kind: str, error: type[Exception]
):
    body = {"data": {"repository": None}, "errors": [{"type": kind, "message": "no"}]}
    httpserver.expect_request(GRAPHQL).respond_with_json(body)
    with pytest.raises(error):
        rig.pulls.look_at([1])


def test_a_pull_request_without_its_fields_is_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    answer(httpserver, p1={"number": 1})
    with pytest.raises(BadReply):
        rig.pulls.look_at([1])


@pytest.mark.parametrize(
    ("node", "over_at"),
    [
        (run(startedAt="2026-03-01T12:00:00Z", completedAt="2026-03-01T12:00:20Z"), OVER),
        (run(status="IN_PROGRESS", conclusion=None), None),
        (status("SUCCESS", "2026-03-01T12:00:20Z"), OVER),
        (status("PENDING", "2026-03-01T12:00:20Z"), None),
    ],
)
def test_a_check_says_when_it_was_over(node, over_at):
    checks, _ = head_checks(checked(node), SHA)
    assert [check.completed_at for check in checks] == [over_at]
