"""When GraphQL is left aside, and when it is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.detour import Detour
from closedloop.adapters.github_errors import NoGraphql
from closedloop.ports.errors import BadReply, Forbidden, Unauthorized, Unavailable
from closedloop.ports.forge import Mergeable
from tests.unit.adapters.rigs import REPO, SHA, Rig, sent

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

GRAPHQL = "/api/graphql"
#: As GitHub, and as the reference implementation, say that a field is not there.
OLDER = (
    {
        "message": "Field 'isInMergeQueue' doesn't exist on type 'PullRequest'",
        "extensions": {"code": "undefinedField"},
    },
    {"message": "Cannot query field 'isInMergeQueue' on type 'PullRequest'."},
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refuse() -> str:
    raise NoGraphql("404")


def test_what_is_closed_is_tried_again_after_a_while():
    clock = Clock()
    detour = Detour(clock)
    assert detour.either("look", refuse, lambda: "second") == "second"
    assert detour.either("look", lambda: "first", lambda: "second") == "second"
    assert detour.either("checks", lambda: "first", lambda: "second") == "first"
    clock.now = 31
    assert detour.either("look", lambda: "first", lambda: "second") == "first"


def pull_by_rest(httpserver: HTTPServer, **values: Any) -> None:
    repo = {"full_name": "acme/handbook"}
    body = {
        "number": 1, "html_url": "http://forge/1", "state": "open", "merged": False, "merged_at": None,
        "head": {"sha": SHA, "ref": "ours/a", "repo": repo}, "base": {"ref": "main", "repo": repo},
        "mergeable": None, "mergeable_state": "unknown", "merge_commit_sha": "b" * 40, "auto_merge": None,
        **values,
    }  # fmt: skip
    httpserver.expect_request(f"{REPO}/pulls/1").respond_with_json(body)
    for path, field in (("check-runs", "check_runs"), ("status", "statuses")):
        answer = {"total_count": 0, field: []}
        httpserver.expect_request(f"{REPO}/commits/{SHA}/{path}").respond_with_json(answer)


def test_a_list_of_checks_without_end_is_a_bad_reply(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(GRAPHQL).respond_with_json({"message": "no"}, status=404)
    status = {"context": "ci", "state": "success", "created_at": None, "id": 1}
    for path, field in (("check-runs", "check_runs"), ("status", "statuses")):
        answer = {"total_count": 10**9, field: [status] if field == "statuses" else []}
        httpserver.expect_request(f"{REPO}/commits/{SHA}/{path}").respond_with_json(answer)
    with pytest.raises(BadReply, match="more than 50 pages"):
        rig.pulls.checks_of(SHA)


@pytest.mark.parametrize("error", OLDER)
def test_an_older_graphql_is_left_aside(httpserver: HTTPServer, rig: Rig, error: dict[str, Any]):
    httpserver.expect_request(GRAPHQL).respond_with_json({"errors": [error]})
    pull_by_rest(httpserver)
    for _ in range(3):
        view = rig.pulls.look_at([1])[1]
        assert (view.mergeable, view.merge_sha, view.is_fork) == (Mergeable.UNKNOWN, None, False)
    assert sent(httpserver).count("POST /api/graphql") == 1


@pytest.mark.parametrize("status", [400, 404, 405])
def test_an_address_that_is_refused_is_left_aside(httpserver: HTTPServer, rig: Rig, status: int):
    httpserver.expect_request(GRAPHQL).respond_with_json({"message": "no"}, status=status)
    pull_by_rest(httpserver, head={"sha": SHA, "ref": "ours/a", "repo": None})
    assert rig.pulls.look_at([1])[1].is_fork


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Forbidden), (503, Unavailable)])
def test_what_passes_or_needs_a_person_is_no_reason(
    httpserver: HTTPServer, rig: Rig, status: int, kind: type[Exception]
):
    httpserver.expect_request(GRAPHQL).respond_with_json({"message": "no"}, status=status)
    with pytest.raises(kind):
        rig.pulls.look_at([1])


def test_documents_are_read_one_by_one(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request(GRAPHQL).respond_with_json({"message": "no"}, status=404)
    entries = [{"path": "a.md", "type": "blob", "sha": "1", "mode": "100644"}]
    listed = {"sha": SHA, "tree": entries, "truncated": False}
    httpserver.expect_request(f"{REPO}/git/trees/{SHA}").respond_with_json(listed)
    httpserver.expect_request(f"{REPO}/git/blobs/1").respond_with_json({"content": "QQ=="})
    assert [document.text for document in rig.content.documents_at(SHA, "")] == ["A"]


@pytest.mark.parametrize("values", [{"head": None}, {"mergeable": "yes"}, {"merged_at": "yesterday"}])
def test_a_pull_request_without_its_fields_is_a_bad_reply(
    httpserver: HTTPServer, rig: Rig, values: dict[str, Any]
):
    httpserver.expect_request(GRAPHQL).respond_with_json({"message": "no"}, status=404)
    pull_by_rest(httpserver, **values)
    with pytest.raises(BadReply):
        rig.pulls.look_at([1])
