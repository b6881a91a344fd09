"""The same question two hundred times at once, and five after each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import httpx2
import pytest

from tests.acceptance.world import SILENCE

pytestmark = pytest.mark.acceptance

AT_ONCE = 200
DUPLICATE = "How long is the version history kept?"
SEQUENCE = (
    "Who can make another owner?",
    "What happens when a payment fails?",
    "Which ways to pay are accepted?",
    "How do I export a single note?",
    "How do I report an incident?",
)


def tte_s(task):
    asked, merged = (datetime.fromisoformat(task[name]) for name in ("created_at", "merged_at"))
    return (merged - asked).total_seconds()


def test_duplicate_two_hundred_identical_posts_are_one_task(world):
    together = Barrier(AT_ONCE)

    def post(_number):
        with httpx2.Client(base_url=world.stack.web_url, timeout=60, limits=SILENCE) as web:
            together.wait(60)
            return web.post("/api/agent/faq", json={"question": DUPLICATE})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(post, range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {202}
    (task_id,) = {answer.json()["task_id"] for answer in answers}
    task = world.reaches(task_id, "done")
    assert world.rows("SELECT task_id FROM agent_tasks WHERE question = ?", DUPLICATE) == [
        {"task_id": task_id.replace("-", "")}
    ]
    assert world.commits_of(task_id) == [task["merge_sha"]]


def test_sequential_five_questions_are_five_merges_in_their_order(world):
    tasks = [world.done(question) for question in SEQUENCE]
    shas = [task["merge_sha"] for task in tasks]
    on_main = world.git("log", "--reverse", "--format=%H", "main").split()
    assert [sha for sha in on_main if sha in shas] == shas
    headings = world.faq().splitlines()
    assert [headings.count(f"### {question}") for question in SEQUENCE] == [1] * len(SEQUENCE)
    assert max(map(tte_s, tasks)) < 60
