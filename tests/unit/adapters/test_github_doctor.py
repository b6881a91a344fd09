"""What the doctor tells an operator about token and repository."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from closedloop.adapters.github_doctor import Finding, GithubDoctor
from tests.unit.adapters.rigs import REPO, Rig, closed_port, rig_on

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

NOW = datetime(2025, 1, 1, tzinfo=UTC)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
REPOSITORY = {"permissions": {"push": True}, "archived": False}


def rate_limit(left: int = 4321) -> dict[str, Any]:
    told = {"limit": 5000, "remaining": left, "reset": int(NOON.timestamp()), "used": 5000 - left}
    return {"resources": {"core": told, "graphql": {**told, "remaining": 5000}}, "rate": told}


def healthy(httpserver: HTTPServer, repository: dict[str, Any] = REPOSITORY, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    required = {"enforcement_level": "everyone", "contexts": ["lint", "smoke"]}
    branch = {"protected": True, "protection": {"required_status_checks": required}}
    httpserver.expect_request("/api/v3/rate_limit").respond_with_json(rate_limit(), headers=named)
    httpserver.expect_request(REPO).respond_with_json(repository)
    httpserver.expect_request(f"{REPO}/branches/main").respond_with_json(branch)
    httpserver.expect_request(f"{REPO}/rules/branches/main").respond_with_json([])
    httpserver.expect_request(re.compile(f"{REPO}/.*")).respond_with_json([])
    httpserver.expect_request("/api/graphql").respond_with_json({"data": {"repository": {"p1": None}}})


def findings(rig: Rig, *smoke: str) -> list[Finding]:
    doctor = GithubDoctor(rig.reads, rig.pulls)
    return doctor.check_access(branch="main", smoke_checks=smoke, now=NOW)


def bad(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found if not finding.is_ok]


def test_a_healthy_repository_has_nothing_to_mend(httpserver: HTTPServer, rig: Rig):
    healthy(httpserver)
    found = findings(rig, "lint", "smoke")
    assert (bad(found), [finding.mend for finding in found if finding.mend]) == ([], [])


def test_checks_beyond_smoke_block_a_hotfix(httpserver: HTTPServer, rig: Rig):
    healthy(httpserver)
    (finding,) = [finding for finding in findings(rig, "smoke") if not finding.is_ok]
    assert (finding.code, "lint" in finding.text) == ("hotfix", True)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"permissions": {"push": False}}, ["push"]),
        ({"archived": True}, ["push"]),
    ],
)
def test_what_the_repository_forbids_is_named(
    httpserver: HTTPServer, rig: Rig, changes: dict[str, Any], codes: list[str]
):
    healthy(httpserver, {**REPOSITORY, **changes})
    assert bad(findings(rig, "lint", "smoke")) == codes


def test_a_token_about_to_end_is_named(httpserver: HTTPServer, rig: Rig):
    healthy(httpserver, github_authentication_token_expiration="2025-01-08 00:00:00 UTC")
    assert bad(findings(rig, "lint", "smoke")) == ["expiry"]


def test_scopes_without_the_repository_are_named(httpserver: HTTPServer, rig: Rig):
    healthy(httpserver, x_oauth_scopes="gist, notifications")
    assert bad(findings(rig, "lint", "smoke")) == ["scopes"]


def test_a_missing_read_permission_is_named(httpserver: HTTPServer, rig: Rig):
    refused = {"message": "Resource not accessible by personal access token"}
    httpserver.expect_request(f"{REPO}/issues").respond_with_json(refused, status=403)
    healthy(httpserver)
    (finding,) = [finding for finding in findings(rig, "lint", "smoke") if not finding.is_ok]
    assert finding.mend == "Grant the token `issues: read` on the repository."


@pytest.mark.parametrize(("status", "word"), [(404, "no GraphQL"), (503, "503")])
def test_a_forge_without_graphql_is_named(httpserver: HTTPServer, rig: Rig, status: int, word: str):
    httpserver.expect_request("/api/graphql").respond_with_json({"message": "no"}, status=status)
    healthy(httpserver)
    (finding,) = [finding for finding in findings(rig, "lint", "smoke") if not finding.is_ok]
    assert (finding.code, word in finding.text, bool(finding.mend)) == ("graphql", True, True)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_repository_that_cannot_be_read_ends_the_report(httpserver: HTTPServer, rig: Rig, status: int):
    httpserver.expect_request(REPO).respond_with_json({"message": "no"}, status=status)
    httpserver.expect_request("/api/v3/rate_limit").respond_with_json(rate_limit())
    found = findings(rig)
    assert [finding.code for finding in found] == ["rate", "repository"]
    assert (found[1].is_ok, bool(found[1].mend)) == (False, True)


def test_a_forge_out_of_reach_is_a_finding():
    with rig_on(closed_port()) as rig:
        assert bad(findings(rig)) == ["repository"]


def as_told(refused: str):
    """A rate limit that refuses one token."""

    def answer(request: Request) -> Response:
        if request.headers["Authorization"] == f"Bearer {refused}":
            return Response('{"message": "Bad credentials"}', 401, mimetype="application/json")
        return Response(json.dumps(rate_limit()), mimetype="application/json")

    return answer


def test_each_token_is_reported_with_what_it_has_left_and_without_itself(httpserver: HTTPServer):
    httpserver.expect_request("/api/v3/rate_limit").respond_with_handler(as_told("secret-2"))
    healthy(httpserver)
    with rig_on(httpserver.url_for("/api/v3"), "secret-1", "secret-2") as rig:
        found = findings(rig, "lint", "smoke")
    until = "calls left until 12:00 UTC"
    assert [finding.text for finding in found[:2]] == [
        f"token 1 of 2: core 4321 of 5000 {until}, graphql 5000 of 5000 {until}",
        "token 2 of 2: read rate limit: 401 Bad credentials",
    ]
    assert (bad(found), "secret-" in repr(found)) == (["token"], False)


def test_a_token_with_little_left_is_named(httpserver: HTTPServer, rig: Rig):
    httpserver.expect_request("/api/v3/rate_limit").respond_with_json(rate_limit(499))
    healthy(httpserver)
    (finding,) = [finding for finding in findings(rig, "lint", "smoke") if not finding.is_ok]
    assert (finding.code, "GITHUB_TOKENS" in finding.mend) == ("rate", True)


def test_a_server_without_limits_has_none_to_report(httpserver: HTTPServer, rig: Rig):
    said = {"message": "Rate limiting is not enabled."}
    httpserver.expect_request("/api/v3/rate_limit").respond_with_json(said, status=404)
    healthy(httpserver)
    assert findings(rig, "lint", "smoke")[0] == Finding(code="rate", is_ok=True, text="token: no limit")


def test_a_repository_that_moved_is_named_with_what_to_set(httpserver: HTTPServer, rig: Rig):
    there = {"Location": httpserver.url_for("/api/v3/repositories/7")}
    httpserver.expect_request(REPO).respond_with_json({"message": "Moved"}, status=301, headers=there)
    assert findings(rig)[-1].mend == "Set GITHUB_REPO to the repository's new name."
