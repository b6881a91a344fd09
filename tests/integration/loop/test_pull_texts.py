"""The body of a pull request names every task, however long their questions are."""

from __future__ import annotations

import pytest

from tasks_app.models import Lane, PullRequest, Task
from tasks_app.services.pull_texts import BODY_LIMIT, pull_draft


@pytest.fixture
def body_of(db):
    """The body for tasks with these questions."""
    pull = PullRequest(lane=Lane(base_branch="main"), head_branch="ours")

    def body(*questions, is_degraded=False):
        tasks = [Task(question=question, is_degraded=is_degraded) for question in questions]
        return pull_draft(pull, tasks).body, [f"  trace-id: {task.pk}" for task in tasks]

    return body


def test_questions_that_have_room_are_whole(body_of):
    body, ids = body_of("How?", "Why *that*, @all?", is_degraded=True)
    degraded = "  (drafted from the documentation without the model)"
    assert body.splitlines()[2:] == [
        "- How?", ids[0], degraded, "- Why \\*that\\*, @\u200ball?", ids[1], degraded,
    ]  # fmt: skip


@pytest.mark.parametrize("question", ["Tell me about *it* in detail. " * 60, "*" * 2000, "文" * 2000])
def test_of_long_ones_as_much_is_told_as_has_room_and_every_id(body_of, question):
    body, ids = body_of(*[question] * 100, "Short?")
    assert BODY_LIMIT * 0.9 < len(body) <= BODY_LIMIT
    assert [line for line in body.splitlines() if "trace-id" in line] == ids
    assert "- Short?" in body.splitlines()


def test_an_alone_one_is_told_whole(body_of):
    assert "x" * 2000 in body_of("x" * 2000)[0]
