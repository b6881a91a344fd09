"""What becomes of a question in GitHub's and the model's bad weather: always a named ending, or done once."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.acceptance

SETTINGS = {"CI_TIMEOUT_S": "4", "OPENAI_TIMEOUT_S": "2", "BREAKER_FAILURES": "3", "BREAKER_PAUSE_S": "2"}
CHAT = "POST /v1/chat/completions"
PUSH = "POST /*/git-receive-pack"
PULLS = "POST /repos/*/pulls"
MERGE = "PUT /repos/*/pulls/*/merge"


def head_of(world, task_id):
    """The branch of the open pull request that carries this task."""
    (pull,) = [one for one in world.forge("GET", "/pulls") if task_id in (one["body"] or "")]
    return pull["head"]["ref"]


def in_ci(world, question):
    """A task whose checks run for some seconds."""
    world.arm("slow_ci", delay_ms=3000)
    task_id = world.ask(question)
    world.until(lambda: world.is_at(task_id, "awaiting_ci"), "CI runs")
    return task_id


def completion(content):
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )


def test_mergeability_that_is_computed_late_is_waited_for(faults):
    faults.arm("mergeable_unknown", branch="orchestrator/*", times=5)
    faults.done("How long does a deleted note stay in the trash?")
    assert faults.sandbox.get("/_sandbox/faults").json() == []


def test_mergeability_that_is_never_computed_asks_for_a_person(faults, token):
    before = faults.git("rev-parse", "main")
    faults.arm("mergeable_unknown", branch="orchestrator/*", times=None)
    task = faults.reaches(faults.ask("How do I restore an older version of a note?"), "needs_operator")
    assert (task["code"], "mergeable_unknown" in task["error_msg"]) == ("merge_timeout", True)
    assert faults.git("rev-parse", "main") == before
    faults.disarm()
    assert faults.act(task["task_id"], "retry", token).status_code == 200
    faults.reaches(task["task_id"], "done")


def test_a_branch_deleted_while_ci_runs_ends_it_by_name(faults):
    task_id = in_ci(faults, "Who can see a private notebook?")
    faults.forge("DELETE", f"/git/refs/heads/{head_of(faults, task_id)}")
    task = faults.reaches(task_id, "failed")
    assert (task["code"], task["state"]) == ("pull_closed", "closed")


def test_a_pull_request_merged_by_a_person_counts_as_merged(faults):
    task_id = in_ci(faults, "How do I switch dark mode on?")
    (pull,) = [one for one in faults.forge("GET", "/pulls") if task_id in (one["body"] or "")]
    path = f"/pulls/{pull['number']}/merge"
    faults.until(
        lambda: (
            faults.sandbox.put(
                f"/api/v3/repos/acme/handbook{path}",
                headers={"Authorization": f"Bearer {faults.stack.env['GITHUB_TOKEN']}"},
                json={"merge_method": "squash"},
            ).is_success
        ),
        "the person may merge",
    )
    task = faults.reaches(task_id, "done")
    assert faults.commits_of(task_id) == [task["merge_sha"]]


@pytest.mark.parametrize(
    ("route", "question"),
    [
        ("* /repos/acme/handbook*", "How do I change the display language?"),
        (PUSH, "How do I import notes from Evernote?"),
        (MERGE, "How do I sign out a lost phone?"),
    ],
)
def test_a_renamed_repository_is_named_and_nothing_is_written_elsewhere(faults, token, route, question):
    before = faults.git("rev-parse", "main")
    faults.arm("moved", route=route, times=None)
    task = faults.reaches(faults.ask(question), "needs_operator")
    assert (task["code"], "GITHUB_REPO" in task["error_msg"]) == ("forge_repository_moved", True)
    log = faults.sandbox.get("/_sandbox/log").json()
    assert not [span for span in log if "/repositories/" in span["name"]]
    assert faults.git("rev-parse", "main") == before
    faults.disarm()
    assert faults.act(task["task_id"], "retry", token).status_code == 200
    faults.reaches(task["task_id"], "done")


def test_an_exhausted_primary_limit_is_waited_for_until_its_reset(faults):
    faults.arm("primary_limit", route=PULLS, retry_after_s=2)
    task = faults.done("Where is customer data stored?")
    assert len(faults.commits_of(task["task_id"])) == 1


def test_a_token_that_is_refused_asks_for_a_person(faults):
    faults.arm("status", route=PUSH, status=401, body='{"message": "Bad credentials"}', times=None)
    task = faults.reaches(faults.ask("How long are access logs kept?"), "needs_operator")
    faults.disarm()
    assert task["code"] == "forge_unauthorized"


def test_what_is_not_shown_at_once_is_asked_for_again(faults):
    faults.arm("status", route=PULLS, status=404, body='{"message": "Not Found"}')
    task_id = faults.done("How do I share a note by link?")["task_id"]
    assert len(faults.commits_of(task_id)) == 1


def test_a_base_that_was_modified_is_judged_anew_and_merged_once(faults):
    body = '{"message": "Base branch was modified. Review and try the merge again."}'
    faults.arm("status", route=MERGE, status=405, body=body)
    task_id = faults.done("How is scanned paper made searchable?")["task_id"]
    assert len(faults.commits_of(task_id)) == 1


def test_a_forge_that_is_away_is_left_alone_and_then_asked_again(faults):
    faults.arm("status", route="* /repos/*", status=502, times=None)
    task_id = faults.ask("How long may a voice note be?")
    faults.until(lambda: "open" in circuit_news(faults), "the forge is left alone")
    faults.disarm()
    faults.reaches(task_id, "done")
    news = circuit_news(faults)
    assert (news[0], news[-1]) == ("open", "closed")


def circuit_news(world):
    """What became of the circuit of the calls that read, by the workers' logs."""
    logs = [path.read_text(encoding="utf-8") for path in (world.directory / "logs").glob("*.log")]
    changes = [line for log in logs for line in log.splitlines() if '"breaker_changed"' in line]
    return [json.loads(line)["new"] for line in changes if '"forge_reads"' in line]


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("<html><body>Sign in to the network</body></html>", "When is a webhook delivery tried again?"),
        ("", "How do I subscribe to the status page?"),
        ('{"id": "c", "choices": [{"mess', "How do I mark a notebook as available offline?"),
        (completion("x" * 1_000_000), "What do you need to send to support?"),
        (completion("I'm sorry, I cannot help with that."), "How do I create a meeting note?"),
    ],
    ids=["html", "empty", "truncated", "one megabyte", "refusal"],
)
def test_a_model_that_talks_nonsense_leaves_a_marked_extract(faults, body, question):
    faults.arm("status", route=CHAT, status=200, body=body)
    task = faults.done(question)
    assert task["is_degraded"] is True
    assert faults.sandbox.get("/_sandbox/faults").json() == []
