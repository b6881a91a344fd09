from typing import Any

import pytest
from github import Github, GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.steps import call, refusal, tip


@pytest.fixture
def ci(tokens: Tokens) -> Github:
    return tokens.client("ci[bot]", app="ci")


def test_an_app_reports_a_check_run(repo: Repository, ci: Github):
    theirs = ci.get_repo(repo.full_name)
    run = theirs.create_check_run("lint", tip(repo), status="in_progress")
    assert (run.status, run.raw_data["conclusion"], run.app.slug) == ("in_progress", None, "ci")
    run.edit(conclusion="success", output={"title": "Fine", "summary": "All 文 well"})
    [seen] = repo.get_commit(tip(repo)).get_check_runs()
    assert (seen.status, seen.conclusion, seen.output.summary) == ("completed", "success", "All 文 well")


def test_a_person_may_not_report_a_check_run(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.create_check_run("lint", tip(repo))
    assert (refused.value.status, refused.value.data["message"]) == (
        403,
        "You must authenticate via a GitHub App.",
    )


def test_check_runs_are_filtered_by_name_and_age(repo: Repository, ci: Github):
    theirs, sha = ci.get_repo(repo.full_name), tip(repo)
    for name, conclusion in (("lint", "failure"), ("lint", "success"), ("build", "success")):
        theirs.create_check_run(name, sha, conclusion=conclusion)
    commit = repo.get_commit(sha)
    assert [one.conclusion for one in commit.get_check_runs(check_name="lint")] == ["success"]
    assert len(list(commit.get_check_runs(check_name="lint", filter="all"))) == 2
    assert {one.name for one in commit.get_check_runs()} == {"lint", "build"}


def test_a_suite_gathers_the_runs_of_an_app(repo: Repository, ci: Github):
    theirs, sha = ci.get_repo(repo.full_name), tip(repo)
    theirs.create_check_run("lint", sha, conclusion="success")
    [suite] = repo.get_commit(sha).get_check_suites()
    assert (suite.status, suite.conclusion, suite.latest_check_runs_count) == ("completed", "success", 1)
    theirs.create_check_run("build", sha, conclusion="failure")
    assert repo.get_check_suite(suite.id).conclusion == "failure"
    assert {one.name for one in suite.get_check_runs()} == {"lint", "build"}


def test_a_run_names_the_pull_requests_of_its_commit(repo: Repository, ci: Github):
    repo.create_git_ref("refs/heads/topic", tip(repo))
    sha = repo.create_file("a.md", "Add a", "a\n", branch="topic")["commit"].sha
    repo.create_pull(base="main", head="topic", title="Topic")
    run = ci.get_repo(repo.full_name).create_check_run("lint", sha)
    assert [one.number for one in run.pull_requests] == [1]


def test_checks_can_be_asked_for_again(repo: Repository, ci: Github):
    theirs = ci.get_repo(repo.full_name)
    suite = theirs.create_check_suite(tip(repo))
    assert suite.status == "queued"
    run = theirs.create_check_run("lint", tip(repo), conclusion="failure")
    assert theirs.get_check_run(run.id).conclusion == "failure"
    assert suite.rerequest() is True
    assert call(theirs, "POST", f"check-runs/{run.id}/rerequest") == {}


def test_a_run_that_is_completed_must_conclude(repo: Repository, ci: Github):
    theirs = ci.get_repo(repo.full_name)
    assert refusal(theirs.create_check_run, "lint", tip(repo), status="completed")[0] == 422


def test_only_its_own_app_changes_a_run(repo: Repository, ci: Github, tokens: Tokens):
    run = ci.get_repo(repo.full_name).create_check_run("lint", tip(repo))
    other = tokens.client("other[bot]", app="other").get_repo(repo.full_name)
    assert refusal(other.get_check_run(run.id).edit, conclusion="success")[0] == 403


def test_annotations_are_kept(repo: Repository, ci: Github):
    note = {"path": "a.md", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "Hm"}
    output: Any = {"title": "T", "summary": "S", "annotations": [note]}
    run = ci.get_repo(repo.full_name).create_check_run("lint", tip(repo), conclusion="neutral", output=output)
    assert [(one.path, one.message) for one in run.get_annotations()] == [("a.md", "Hm")]


def test_a_status_is_the_newest_of_its_context(repo: Repository):
    commit = repo.get_commit(tip(repo))
    commit.create_status("pending", context="ci/a", description="Running", target_url="http://localhost/1")
    commit.create_status("success", context="ci/a")
    combined = commit.get_combined_status()
    assert (combined.state, [one.context for one in combined.statuses]) == ("success", ["ci/a"])
    assert [one.state for one in commit.get_statuses()] == ["success", "pending"]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "pending"),
        (["success", "pending"], "pending"),
        (["success", "error"], "failure"),
        (["success"], "success"),
    ],
)
def test_statuses_combine(repo: Repository, states: list[str], expected: str):
    commit = repo.get_commit(tip(repo))
    for number, state in enumerate(states):
        commit.create_status(state, context=f"ci/{number}")
    assert commit.get_combined_status().state == expected


def test_an_unknown_state_is_refused(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.get_commit(tip(repo)).create_status("splendid")
    assert refused.value.status == 422
