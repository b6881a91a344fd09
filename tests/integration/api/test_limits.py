from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from tasks_app.api.throttles import Buckets
from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.states import State, public_status
from tasks_app.services.intake import gauge
from tests.integration.api.asking import QUESTION, ask, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_a_client_above_its_limit_is_told_when_to_come_back(client, settings):
    settings.SUBMIT_LIMIT_PER_MINUTE = 2
    assert [ask(client, f"Question {n}?").status_code for n in range(2)] == [202, 202]
    answer = ask(client, "One more?")
    assert_problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert Task.objects.count() == 2


def test_clients_are_told_apart_by_their_address(client, settings):
    settings.SUBMIT_LIMIT_PER_MINUTE = 1
    here = {"REMOTE_ADDR": "192.0.2.1"}
    statuses = [
        client.post("/api/agent/faq", {"question": QUESTION}, "application/json", **address).status_code
        for address in (here, here, {"REMOTE_ADDR": "192.0.2.2"})
    ]
    assert statuses == [202, 429, 202]


def test_an_address_that_a_stranger_claims_is_not_believed(client, settings):
    settings.SUBMIT_LIMIT_PER_MINUTE = 1
    statuses = [ask(client, **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)]
    assert statuses == [202, 429]


def test_a_bucket_refills_steadily():
    buckets = Buckets()
    assert [buckets.take("a", per_minute=2, now_s=0) for _ in range(3)] == [0, 0, 30]
    assert buckets.take("a", per_minute=2, now_s=29) == pytest.approx(1)
    assert buckets.take("a", per_minute=2, now_s=30) == 0


def test_a_full_queue_refuses_new_questions(client, settings, clock):
    settings.QUEUE_LIMIT = 2
    for n in range(2):
        ask(client, f"Question {n}?")
    clock.advance(seconds=2)
    answer = ask(client, "One more?")
    assert_problem(answer, 503, "queue_full", retry_after_s=60, waiting=2)
    assert answer.headers["Retry-After"] == "60"
    assert Task.objects.count() == 2


@pytest.mark.parametrize(
    ("left_s_ago", "retry_after_s"),
    [([], 60), ([400], 60), ([200], 600), ([30] * 10, 18), ([30] * 60, 3), ([200] * 100, 9)],
)
def test_who_is_refused_hears_when_there_will_be_room(client, settings, clock, left_s_ago, retry_after_s):
    for n in range(5):
        ask(client, f"Question {n}?")
    publish_tasks(clock, left_s_ago)
    clock.advance(seconds=2)
    settings.QUEUE_LIMIT = 3
    answer = ask(client, "One more?")
    assert_problem(answer, 503, "queue_full", retry_after_s=retry_after_s, waiting=5)
    assert answer.headers["Retry-After"] == str(retry_after_s)


def publish_tasks(clock, left_s_ago) -> None:
    """Others left the queue so many seconds ago: every second with a pull request, and then without one."""
    lane = Lane.objects.create(repo="acme/app", base_branch="main", path="docs/FAQ.md")
    for number, seconds in enumerate(left_s_ago):
        at = clock.now - timedelta(seconds=seconds)
        if number % 2:
            left_behind(at, state="declined", settled_at=at)
        else:
            pull = PullRequest.objects.create(
                lane=lane, head_branch=f"faq/{number}", created_at=at, entered_at=at, published_at=at
            )
            left_behind(at, state="awaiting_ci", pull=pull)


def left_behind(at, **columns) -> None:
    pk = uuid4()
    status = public_status(State(columns["state"])).value
    Task.objects.create(task_id=pk, trace_id=pk, created_at=at, entered_at=at, status=status, **columns)


@pytest.mark.parametrize("state", ["queued", "generating", "judging", "waiting_for_lane"])
def test_who_is_not_in_a_pull_request_stands_in_the_queue(client, settings, clock, state):
    settings.QUEUE_LIMIT = 3
    for _ in range(2):
        left_behind(clock.now, state=state)
    assert ask(client, "The third?").status_code == 202
    clock.advance(seconds=2)
    assert_problem(ask(client, "The fourth?"), 503, "queue_full", waiting=3, retry_after_s=60)


@pytest.mark.parametrize("state", ["awaiting_approval", "awaiting_ci", "verifying", "done", "needs_operator"])
def test_who_is_in_one_or_waits_for_people_does_not(client, settings, clock, state):
    settings.QUEUE_LIMIT = 1
    left_behind(clock.now, state=state)
    assert ask(client, "Is there room?").status_code == 202


def test_who_came_back_has_not_left(client, settings, clock):
    settings.QUEUE_LIMIT = 5
    publish_tasks(clock, [30] * 10)
    Task.objects.filter(state="awaiting_ci").update(state="waiting_for_lane")
    assert_problem(ask(client, "One more?"), 503, "queue_full", waiting=5, retry_after_s=12)


def test_a_crowd_that_is_refused_costs_one_count_a_second(client, settings, django_assert_num_queries):
    settings.QUEUE_LIMIT = 1
    ask(client, "The first?")
    gauge.forget()
    ask(client, "Refused?")
    with django_assert_num_queries(1):  # whether the question is known
        assert ask(client, "Refused too?").status_code == 503


def test_a_full_queue_still_answers_for_a_known_question(client, settings, clock):
    settings.QUEUE_LIMIT = 1
    first = ask(client).json()
    clock.advance(seconds=2)
    assert ask(client).json() == first


def test_the_queue_is_counted_once_a_second(client, django_assert_max_num_queries, clock):
    ask(client, "The first?")
    with django_assert_max_num_queries(5) as queries:
        ask(client, "The second?")
    assert not any("COUNT" in query["sql"] for query in queries.captured_queries)
    clock.advance(seconds=1)
    ask(client, "The third?")
    assert Task.objects.count() == 3
