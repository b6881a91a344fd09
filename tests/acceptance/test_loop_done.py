"""From a question to production: what git, the forge, the page, the API and Redis show afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from tests.acceptance.world import FAQ, World

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.acceptance

QUESTION = "How many requests per minute may an API key send?"
PAIR = ("How long is the version history kept?", "Who can make another owner?")
TEN = (
    "What happens when a payment fails?",
    "Which ways to pay are accepted?",
    "How do I export a single note?",
    "How do I report an incident?",
    "How do I change a keyboard shortcut?",
    "How long may a voice note be?",
    "Which notes are available offline?",
    "When does a downgrade take effect?",
    "How many webhooks may a workspace have?",
    "How is data at rest encrypted?",
)


@pytest.fixture(scope="module")
def before(world: World) -> str:
    return world.faq()


@pytest.fixture(scope="module")
def task(world: World, before: str) -> dict[str, Any]:
    return world.done(QUESTION)


@pytest.fixture
def redis(world: World) -> Iterator[Redis]:
    client = Redis.from_url(world.stack.env["REDIS_URL"], decode_responses=True)
    yield client
    client.close()


def test_main_gets_one_squashed_commit_with_the_trace_id(world, task):
    commits = world.commits_of(task["task_id"])
    assert commits == [task["merge_sha"]]
    assert len(world.git("rev-list", "--parents", "-1", commits[0]).split()) == 2
    assert f"trace-id: {task['task_id']}" in world.git("log", "-1", "--format=%B", commits[0])


def test_the_commit_adds_lines_to_the_faq_and_touches_nothing_else(world, before, task):
    added, removed, path = world.git("diff", "--numstat", f"{task['merge_sha']}^", task["merge_sha"]).split()
    assert (removed, path) == ("0", FAQ)
    after = world.git("show", f"{task['merge_sha']}:{FAQ}")
    assert len(after.splitlines()) == len(before.splitlines()) + int(added)
    assert f"### {QUESTION}" in after.splitlines()


def test_the_branch_and_the_pull_request_are_ours_by_name_and_merged(world, task):
    number = task["pr_url"].rpartition("/")[2]
    pull = world.forge("GET", f"/pulls/{number}")
    assert pull["head"]["ref"].startswith("orchestrator/faq-")
    assert pull["title"] == f"Update FAQ - {QUESTION}"
    assert f"trace-id: {task['task_id']}" in pull["body"]
    assert (pull["merged"], pull["merge_commit_sha"]) == (True, task["merge_sha"])


def test_the_live_page_shows_question_and_answer(world, task):
    page = world.page()
    assert QUESTION in page
    assert task["answer"].split(".")[0] in page


def test_the_api_tells_the_whole_story(task):
    assert (task["status"], task["state"], task["code"], task["is_degraded"]) == ("done", "merged", "", False)
    states = ["queued", "generating", "judging", "waiting_for_lane", "publishing", "awaiting_ci", "merging"]
    assert [stage["state"] for stage in task["stages"]] == [*states, "deploying", "verifying", "done"]


def test_metrics_count_it_with_its_time_to_execute(world, task):
    asked, merged = (datetime.fromisoformat(task[name]) for name in ("created_at", "merged_at"))
    tte_ms = (merged - asked).total_seconds() * 1000
    found = world.web.get("/api/metrics/agent").raise_for_status().json()
    assert (found["total_tasks"], found["success_count"], found["failure_count"]) == (1, 1, 0)
    assert found["tte_ms"]["p50"] == pytest.approx(tte_ms, abs=2)
    assert found["slo_met"] == {"tte_under_60s": True, "success_rate_above_99": True}


def test_redis_holds_the_copy_that_the_rfc_names(world, redis, task):
    key = f"agent:task:{task['task_id']}"
    world.until(lambda: redis.hget(key, "task_state") == "done", "the copy of the last state")
    copy = redis.hgetall(key)
    want = {name: task[name] for name in ("status", "question", "trace_id", "pr_url", "state", "job_id")}
    assert {name: copy[name] for name in want} == want
    assert {"created_at", "updated_at", "started_at", "worker_instance", "worker_version"} <= copy.keys()
    assert 0 < redis.ttl(key) <= 3600


def test_the_same_question_again_is_the_same_task(world, task):
    assert world.ask(f"  {QUESTION.upper()} ") == task["task_id"]
    assert len(world.commits_of(task["task_id"])) == 1


def test_two_at_once_are_both_done(world):
    said = world.stack.manage("ask", *PAIR, "--follow")
    assert said.returncode == 0, said.stdout + said.stderr
    headings = world.faq().splitlines()
    assert [headings.count(f"### {question}") for question in PAIR] == [1, 1]


def test_ten_at_once_share_pull_requests_and_are_all_done(world):
    with ThreadPoolExecutor(len(TEN)) as pool:
        ids = list(pool.map(world.ask, TEN))
    tasks = [world.reaches(task_id, "done") for task_id in ids]
    assert [len(world.commits_of(task_id)) for task_id in ids] == [1] * len(TEN)
    headings = world.faq().splitlines()
    assert [headings.count(f"### {question}") for question in TEN] == [1] * len(TEN)
    assert len({task["pr_url"] for task in tasks}) < len(TEN)
