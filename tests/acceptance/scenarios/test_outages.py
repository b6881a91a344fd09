"""Model, forge, CI and permissions let the loop down: what becomes of the task, and who hears of it."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise

import pytest

from scripts.local.environment import REPO

pytestmark = pytest.mark.acceptance

SETTINGS = {"CI_TIMEOUT_S": "5", "OPENAI_TIMEOUT_S": "1", "GITHUB_TIMEOUT_S": "2"}
CHAT = "POST /v1/chat/completions"
MERGE = "PUT /repos/*/pulls/*/merge"
#: The first request of a publication, which git sends once.
FETCH = "POST /*/git-upload-pack"


def pull_of(world, task):
    return world.forge("GET", f"/pulls/{task['pr_url'].rpartition('/')[2]}")


def remarks_on(world, task):
    return world.forge("GET", f"/issues/{task['pr_url'].rpartition('/')[2]}/comments")


def requests(world, method, ending):
    """What the sandbox was asked, by its own log."""
    spans = world.sandbox.get("/_sandbox/log").json()
    return [span for span in spans if span["name"].startswith(method) and span["name"].endswith(ending)]


def issues_in_sentry(world, task_id):
    answer = world.sandbox.get(
        f"/api/0/projects/{REPO}/issues/",
        params={"query": f"task_id:{task_id}"},
        headers={"Authorization": f"Bearer {world.stack.env['SENTRY_AUTH_TOKEN']}"},
    )
    return [issue["title"] for issue in answer.raise_for_status().json()]


def is_in_sentry(world, task_id, title):
    world.until(lambda: title in issues_in_sentry(world, task_id), f"Sentry has {title!r}")


def test_a_model_that_hangs_is_asked_three_times_then_done_without(faults):
    before = len(requests(faults, "POST", "/v1/chat/completions"))
    faults.arm("delay", route=CHAT, delay_ms=3000, times=None)
    task = faults.done("How many recovery codes does each member get?")
    assert task["is_degraded"] is True
    faults.disarm()
    faults.until(
        lambda: len(requests(faults, "POST", "/v1/chat/completions")) - before >= 3, "the late answers"
    )
    assert len(requests(faults, "POST", "/v1/chat/completions")) - before == 3
    is_in_sentry(faults, task["task_id"], "Answered without the model")


def failures_at_the_forge(world, task_id):
    """When calls for the task's pull request failed, as its worker logged it."""
    (row,) = world.rows("SELECT pull_id FROM agent_tasks WHERE task_id = ?", task_id.replace("-", ""))
    log = world.stack.supervisor.log_of("worker-io").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    failed = [line for line in lines if line["event"] == "port_failed"]
    mine = [line for line in failed if line["row"].replace("-", "") == row["pull_id"]]
    return [datetime.fromisoformat(line["timestamp"]) for line in mine]


def test_a_forge_that_hangs_is_asked_again_ever_later(faults):
    faults.arm("delay", route=FETCH, delay_ms=6000, times=3)
    task = faults.done("How do I find notes with a tag?")
    failed = failures_at_the_forge(faults, task["task_id"])
    gaps_s = [(later - earlier).total_seconds() for earlier, later in pairwise(failed)]
    assert len(failed) == 3
    assert [gap_s >= 0.5 * 2**number for number, gap_s in enumerate(gaps_s)] == [True, True]
    assert faults.commits_of(task["task_id"]) == [task["merge_sha"]]


def test_ci_that_never_reports_leaves_the_pull_request_to_a_person(faults):
    before = faults.git("rev-parse", "main")
    faults.arm("ci_never")
    task = faults.reaches(faults.ask("What can a saved search send?"), "failed")
    assert task["code"] == "ci_timeout"
    assert sum(stage["seconds"] for stage in task["stages"] if stage["state"] == "awaiting_ci") >= 5
    assert pull_of(faults, task)["state"] == "open"
    assert faults.git("rev-parse", "main") == before
    faults.until(lambda: remarks_on(faults, task), "a person is asked")
    assert "ci_timeout" in remarks_on(faults, task)[0]["body"]
    is_in_sentry(faults, task["task_id"], "Task failed: ci_timeout")


def test_red_ci_is_never_merged(faults):
    before = faults.git("rev-parse", "main")
    faults.arm("red_ci", check="lint")
    task = faults.reaches(faults.ask("How often are backups made?"), "failed")
    assert (task["code"], task["state"]) == ("ci_failed", "closed")
    assert "lint" in task["error_msg"]
    assert pull_of(faults, task)["state"] == "open"
    assert faults.git("rev-parse", "main") == before
    is_in_sentry(faults, task["task_id"], "Task failed: ci_failed")


def test_a_merge_that_is_forbidden_alerts_on_call(faults):
    before = faults.git("rev-parse", "main")
    body = json.dumps({"message": "Resource not accessible by personal access token"})
    faults.arm("status", route=MERGE, status=403, body=body, times=None)
    task = faults.reaches(faults.ask("Can a public link carry a password?"), "failed")
    assert task["code"] == "merge_forbidden"
    assert pull_of(faults, task)["merged"] is False
    assert faults.git("rev-parse", "main") == before
    is_in_sentry(faults, task["task_id"], "Task failed: merge_forbidden")
    faults.until(lambda: alerts(faults), "on-call is told")
    assert len(alerts(faults)) == 1


def alerts(world):
    said = world.sandbox.get("/_sandbox/messages").json()
    return [one for one in said if "could not be merged: merge_forbidden" in one["text"]]
