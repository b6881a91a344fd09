"""What the doctor tells an operator about token and repository."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.github_doctor import Finding, GithubDoctor
from tests.unit.adapters.rigs import REPO, Rig, closed_port, rig_on

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

NOW = datetime(2025, 1, 1, tzinfo=UTC)
REPOSITORY = {"permissions": {"push": True}, "archived": False, "allow_squash_merge": True}


def healthy(httpserver: HTTPServer, repository: dict[str, Any] = REPOSITORY, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    required = {"enforcement_level": "everyone", "contexts": ["lint", "smoke"]}
    branch = {"protected": True, "protection": {"required_status_checks": required}}
    httpserver.expect_request(REPO).respond_with_json(repository, headers=named)
    httpserver.expect_request(f"{REPO}/branches/main").respond_with_json(branch)
    httpserver.expect_request(f"{REPO}/rules/branches/main").respond_with_json([])
    httpserver.expect_request(re.compile(f"{REPO}/.*")).respond_with_json([])


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
        ({"allow_squash_merge": False}, ["squash"]),
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


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_repository_that_cannot_be_read_ends_the_report(httpserver: HTTPServer, rig: Rig, status: int):
    httpserver.expect_request(REPO).respond_with_json({"message": "no"}, status=status)
    (finding,) = findings(rig)
    assert (finding.is_ok, bool(finding.mend)) == (False, True)


def test_a_forge_out_of_reach_is_a_finding():
    with rig_on(closed_port()) as rig:
        assert bad(findings(rig)) == ["repository"]
