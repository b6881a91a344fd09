"""The way back: by a failed verification, and by an operator's word."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.world import FAQ, World

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance

SETTINGS = {"PROBE_PAUSE_S": "0.2"}
QUESTION = "How long are access logs kept?"
TIMES = ("detected_at", "decided_at", "published_at", "merged_at", "live_at", "healthy_at", "finished_at")


@pytest.fixture(scope="module")
def before(world: World) -> str:
    return world.faq()


@pytest.fixture(scope="module")
def taken_back(world: World, before: str) -> Iterator[dict[str, Any]]:
    """A task whose release broke the site's health, after its automatic rollback."""
    world.arm("broken_health", release="next", status=503)
    yield world.reaches(world.ask(QUESTION), "rolled_back")
    world.disarm()


@pytest.fixture(scope="module")
def rollback(world: World, taken_back: dict[str, Any]) -> dict[str, Any]:
    (row,) = world.rows(
        "SELECT r.* FROM rollback_app_rollback r JOIN rollback_app_rollback_tasks t ON t.rollback_id = r.id"
        " WHERE t.task_id = ?",
        taken_back["task_id"].replace("-", ""),
    )
    return row


def labels_of(world: World, number: int) -> set[str]:
    return {label["name"] for label in world.forge("GET", f"/issues/{number}")["labels"]}


def test_a_broken_site_leads_to_a_named_ending(taken_back):
    assert (taken_back["status"], taken_back["code"]) == ("error", "rolled_back")
    assert "verification failed: healthz" in taken_back["error_msg"]
    states = [stage["state"] for stage in taken_back["stages"]]
    assert states[-3:] == ["verifying", "rolling_back", "rolled_back"]


def test_the_file_is_byte_for_byte_what_it_was(world, before, taken_back, rollback):
    assert world.git("show", f"{rollback['merge_sha']}:{FAQ}") == before
    assert world.git("diff", "--name-only", taken_back["merge_sha"], rollback["merge_sha"]).split() == [FAQ]


def test_the_hotfix_is_labelled_and_merged(world, taken_back, rollback):
    pull = world.forge("GET", f"/pulls/{rollback['number']}")
    assert pull["head"]["ref"].startswith("hotfix/rollback-")
    assert pull["title"].startswith("🚨 Auto-rollback: ")
    assert (pull["merged"], pull["merge_commit_sha"]) == (True, rollback["merge_sha"])
    assert taken_back["merge_sha"] in pull["body"]
    assert {"P0", "auto-rollback", "hotfix"} <= labels_of(world, rollback["number"])


def test_the_incident_has_its_checklist_and_labels(world, taken_back, rollback):
    issue = world.forge("GET", f"/issues/{rollback['issue_number']}")
    assert issue["title"].startswith("🚨 Production Rollback: ")
    assert issue["state"] == "open"
    assert issue["body"].count("- [ ] ") == 3
    assert f"trace-id: {taken_back['task_id']}" in issue["body"]
    assert {"P0", "incident", "auto-rollback"} <= labels_of(world, rollback["issue_number"])


def test_people_are_told_once(world, rollback):
    def told() -> list[str]:
        said = world.sandbox.get("/_sandbox/messages", params={"kind": "slack"}).json()
        return [one["text"] for one in said if rollback["issue_url"] in one["text"]]

    world.until(told, "people are told")  # a job of its own, which may end after the rollback
    assert len(told()) == 1


def test_every_phase_of_the_rollback_is_timed(rollback):
    assert all(earlier <= later for earlier, later in pairwise(rollback[name] for name in TIMES))
    assert (rollback["state"], rollback["is_automatic"]) == ("done", 1)


def test_health_and_page_are_back(world, before, rollback):
    health = world.sandbox.get("/sites/acme/handbook/healthz")
    assert health.status_code == 200
    assert world.git("merge-base", "--is-ancestor", rollback["merge_sha"], health.json()["version"]) == ""
    assert QUESTION not in world.page()


def test_it_counts_as_a_failure(world, taken_back):
    found = world.web.get("/api/metrics/agent").raise_for_status().json()
    assert found["failure_count"] == 1


def test_the_same_question_may_be_asked_again(world, taken_back):
    again = world.done(QUESTION)
    assert again["task_id"] != taken_back["task_id"]
    assert QUESTION in world.page()


def test_a_command_takes_one_task_back_and_only_once(world):
    task, neighbour = world.done("Who can make another owner?"), world.done("What does a legal hold stop?")
    command = ("rollback", task["task_id"], "--reason", "wrong answer")
    first, second = world.stack.manage(*command), world.stack.manage(*command)
    assert (first.returncode, second.returncode) == (0, 1), first.stderr + second.stderr
    world.reaches(task["task_id"], "rolled_back")
    assert task["question"] not in world.page()
    assert neighbour["question"] in world.page()


def test_an_operator_takes_a_change_back_by_the_api_and_only_once(world, token):
    task = world.done("How do I recognise duplicate webhook deliveries?")
    assert world.act(task["task_id"], "rollback", "").status_code == 401
    first, second = (world.act(task["task_id"], "rollback", token) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 409), first.text + second.text
    assert second.headers["content-type"] == "application/problem+json"
    undone = world.reaches(task["task_id"], "rolled_back")
    assert [event["actor"] for event in undone["timeline"] if event["event"] == "roll_back"] == ["admin"]
    assert task["question"] not in world.page()


def test_what_was_taken_back_cannot_be_taken_back_again(world, taken_back, token):
    again = world.act(taken_back["task_id"], "rollback", token)
    assert again.status_code == 409
    assert len(world.commits_of(taken_back["task_id"])) == 2
