"""The whole loop on a forge that has REST and git only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.acceptance

QUESTIONS = (
    "How long is a download link of an export valid?",
    "How often are backups made?",
    "Can a public link carry a password?",
)


@pytest.fixture
def plain(faults):
    faults.arm("status", route="POST /api/graphql", status=404, times=None)
    return faults


def test_questions_become_answers_and_are_taken_back(plain, token):
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        tasks = list(pool.map(plain.done, QUESTIONS))
    assert [len(plain.commits_of(task["task_id"])) for task in tasks] == [1, 1, 1]
    assert plain.act(tasks[0]["task_id"], "rollback", token).status_code == 202
    plain.reaches(tasks[0]["task_id"], "rolled_back")
    assert [question in plain.page() for question in QUESTIONS] == [False, True, True]


def test_a_red_check_is_run_again_and_believed(plain):
    plain.arm("red_ci", check="lint", times=None)
    task = plain.reaches(plain.ask("How many recovery codes does each member get?"), "failed")
    assert (task["code"], "lint" in task["error_msg"]) == ("ci_failed", True)
    asked = [span["name"] for span in plain.sandbox.get("/_sandbox/log").json()]
    assert sum(name.endswith("/rerun-failed-jobs") for name in asked) == 1
