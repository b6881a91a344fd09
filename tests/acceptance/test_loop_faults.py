"""What becomes of a question when CI, the deploy, the model or the forge lets it down."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.acceptance

SETTINGS = {"CI_TIMEOUT_S": "5", "DEPLOY_TIMEOUT_S": "5", "OPENAI_TIMEOUT_S": "2"}
MERGE = "PUT /repos/*/pulls/*/merge"
CHAT = "POST /v1/chat/completions"


def pull_of(world, task):
    return world.forge("GET", f"/pulls/{task['pr_url'].rpartition('/')[2]}")


def seconds_in(task, state):
    return sum(stage["seconds"] for stage in task["stages"] if stage["state"] == state)


def test_a_failed_task_is_retried_in_a_new_pull_request(faults, token):
    faults.arm("red_ci", check="smoke")
    failed = faults.reaches(faults.ask("When does support work?"), "failed")
    assert faults.act(failed["task_id"], "retry", token).status_code == 200
    task = faults.reaches(failed["task_id"], "done")
    assert task["pr_url"] != failed["pr_url"]
    assert faults.commits_of(task["task_id"]) == [task["merge_sha"]]


def test_a_check_that_flakes_costs_a_second_run_and_nothing_else(faults):
    faults.arm("flaky_ci", check="smoke")
    task = faults.done("How far back does the version history reach on the Free plan?")
    number = task["pr_url"].rpartition("/")[2]
    runs = faults.forge("GET", f"/commits/{task['commit_sha']}/check-runs?filter=all")["check_runs"]
    assert [run["conclusion"] for run in runs if run["name"] == "smoke"].count("failure") == 1
    assert faults.forge("GET", f"/pulls/{number}")["merged"] is True


def test_a_task_cancelled_while_ci_runs_leaves_nothing(faults, token):
    before = faults.git("rev-parse", "main")
    faults.arm("slow_ci", delay_ms=3000)
    task_id = faults.ask("Which identity providers are tested for single sign-on?")
    faults.until(lambda: faults.is_at(task_id, "awaiting_ci"), "CI runs")
    assert faults.act(task_id, "cancel", token).status_code == 200
    task = faults.reaches(task_id, "cancelled")
    assert (task["status"], task["code"]) == ("error", "cancelled")
    faults.until(lambda: pull_of(faults, task)["state"] == "closed", "the pull request is closed")
    assert faults.git("rev-parse", "main") == before


def test_slow_ci_is_waited_for(faults):
    faults.arm("slow_ci", delay_ms=1500)
    task = faults.done("How do I find notes with a tag?")
    assert seconds_in(task, "awaiting_ci") >= 1.5


def test_a_model_that_is_out_leaves_a_marked_answer_from_the_documents(faults):
    faults.arm("status", route=CHAT, status=503, times=None)
    task = faults.done("How many characters must a password have?")
    assert task["is_degraded"] is True
    assert "12 characters" in task["answer"]
    assert "(drafted from the documentation without the model)" in faults.faq()


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
def test_a_merge_whose_answer_is_lost_happens_once(faults, kind):
    faults.arm(kind, route=MERGE, status=502)
    question = {
        "drop_after": "How many webhooks may a workspace have?",
        "status_after": "Do schools get a discount?",
    }[kind]
    task = faults.done(question)
    assert faults.commits_of(task["task_id"]) == [task["merge_sha"]]


def test_a_pull_request_whose_answer_is_lost_is_opened_once(faults):
    faults.arm("drop_after", route="POST /repos/*/pulls")
    task = faults.done("How do I put a VAT number on the invoice?")
    head = pull_of(faults, task)["head"]["ref"]
    assert len(faults.forge("GET", f"/pulls?state=all&head=acme:{head}")) == 1


def test_a_secondary_rate_limit_is_waited_for(faults):
    faults.arm("secondary_limit", route="POST /repos/*/pulls", retry_after_s=1)
    assert faults.done("When does planned maintenance happen?")["code"] == ""


def test_a_deploy_that_never_comes_fails_by_name(faults):
    faults.arm("deploy_never")
    task = faults.reaches(faults.ask("When is the introduction training held?"), "failed")
    assert (task["code"], task["state"]) == ("deploy_timeout", "merged")
    # The message is a row of its own, delivered after what it is about.
    faults.until(lambda: times_told(faults, "deploy_timeout"), "people are told")
    assert times_told(faults, "deploy_timeout") == 1


def times_told(faults, word):
    return sum(word in one["text"] for one in faults.sandbox.get("/_sandbox/messages").json())
