"""A branch behind a merge queue: it alone merges, after checks of its own; a rollback goes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.acceptance

QUEUE = {
    "merge_method": "MERGE", "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5, "max_entries_to_merge": 5, "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 5,
}  # fmt: skip
QUESTIONS = ("How long is the version history kept?", "Who can make another owner?", "How do I pay?")


@pytest.fixture(scope="module")
def tasks(world):
    world.lay_rule("merge_queue", **QUEUE)
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        ids = list(pool.map(world.ask, QUESTIONS))
    return [world.reaches(task_id, "done") for task_id in ids]


def test_the_queue_merges_and_each_task_keeps_its_commit(world, tasks):
    assert [world.commits_of(task["task_id"]) for task in tasks] == [[task["commit_sha"]] for task in tasks]
    ways = world.rows("SELECT merge_way, merge_method FROM tasks_app_pullrequest WHERE state = 'merged'")
    assert {(way["merge_way"], way["merge_method"]) for way in ways} == {("queue", "merge")}


def test_a_rollback_goes_through_the_queue(world, tasks, token):
    world.act(tasks[0]["task_id"], "rollback", token).raise_for_status()
    world.reaches(tasks[0]["task_id"], "rolled_back")
    headings = world.faq().splitlines()
    assert [f"### {question}" in headings for question in QUESTIONS] == [False, True, True]
