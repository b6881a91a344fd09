from __future__ import annotations

from datetime import timedelta

import pytest

from tasks_app.models import Task
from tests.integration.api.asking import ask, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def three(client, clock) -> list[str]:
    """A queued, a running and a failed task, a minute apart."""
    ids = []
    for name in ("alpha", "beta", "gamma"):
        ids.append(ask(client, f"What is {name}?").json()["task_id"])
        clock.advance(minutes=1)
    Task.objects.filter(pk=ids[1]).update(state="merging", status="running")
    Task.objects.filter(pk=ids[2]).update(state="failed", status="error", code="ci_failed")
    return ids


def found(client, **query: object) -> list[str]:
    answer = client.get("/api/agent/tasks", query)
    assert answer.status_code == 200, answer.content
    return [task["task_id"] for task in answer.json()["results"]]


def test_tasks_are_listed_newest_first(client, three):
    assert found(client) == three[::-1]


def test_status_and_state_narrow_the_list(client, three):
    assert found(client, status="running") == [three[1]]
    assert found(client, status=["queued", "error"]) == [three[2], three[0]]
    assert found(client, task_state="failed") == [three[2]]
    assert found(client, status="queued", task_state="failed") == []


def test_the_time_of_creation_narrows_the_list(client, clock, three):
    middle = (clock.now - timedelta(minutes=2)).isoformat()
    assert found(client, created_after=middle) == three[:0:-1]
    assert found(client, created_before=middle) == three[:1]


def test_search_looks_into_questions_and_for_trace_ids(client, three):
    assert found(client, search="IS BETA") == [three[1]]
    assert found(client, search=three[2]) == [three[2]]
    assert found(client, search="%") == []


def test_a_page_says_where_the_next_one_is(client, three):
    page = client.get("/api/agent/tasks", {"page_size": 2}).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (3, 2, None)
    assert [task["task_id"] for task in client.get(page["next"]).json()["results"]] == three[:1]


def test_a_list_costs_the_same_number_of_queries_at_any_length(client, three, django_assert_num_queries):
    found(client)  # the traffic, by which ends are predicted, is looked at once a second
    with django_assert_num_queries(2):
        assert len(found(client)) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"status": "nonsense"},
        {"task_state": "nonsense"},
        {"created_after": "yesterday"},
        {"search": "a\0b"},
        {"search": "x" * 201},
    ],
)
def test_filters_that_mean_nothing_are_refused(client, query):
    assert_problem(client.get("/api/agent/tasks", query), 400, "malformed")


@pytest.mark.parametrize("page", ["0", "99", "x"])
def test_pages_that_are_not_there_are_not_found(client, three, page):
    assert_problem(client.get("/api/agent/tasks", {"page": page}), 404, "not_found")
