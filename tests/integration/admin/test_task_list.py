from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.states import State, public_status
from tasks_app.services import learning, outlook
from tests.integration.admin.desk import TASKS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def pull(number, **columns):
    lane, _ = Lane.objects.get_or_create(repo="o/r", base_branch="main", path="docs/FAQ.md")
    url = f"https://forge.test/o/r/pull/{number}"
    return PullRequest.objects.create(
        lane=lane,
        head_branch=f"b{number}",
        number=number,
        url=url,
        created_at=NOON,
        entered_at=NOON,
        **columns,
    )


def task(number, state="done", **columns):
    pk = UUID(int=number)
    asked_at = NOON + timedelta(seconds=number)
    columns = {"question": f"Question {number}?", "created_at": asked_at, **columns}
    ids = {"task_id": columns.pop("task_id", pk), "trace_id": columns.pop("trace_id", pk)}
    return Task.objects.create(
        **ids, fingerprint="f", state=state,
        status=public_status(State(state)).value, entered_at=NOON, **columns,
    )  # fmt: skip


def with_id(text, **columns):
    return task(0, task_id=UUID(text), trace_id=UUID(text), **columns)


def found(desk, query):
    page = desk.open(f"{TASKS}?{query}")
    return {row.question for row in Task.objects.all() if f">{row.question}<" in page}


def queries_of(desk):
    # Both are looked at once a second.
    outlook.forget()
    learning.forget()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        desk.open(TASKS)
    return len(captured)


def test_the_number_of_queries_is_the_same_for_one_row_and_for_a_full_page(olga):
    task(1, pull=pull(1), finished_at=NOON)
    few = queries_of(olga)
    for number in range(2, 60):
        task(number, pull=pull(number), is_degraded=True, code="x")
    assert queries_of(olga) == few <= 14


def test_a_page_of_ten_thousand_rows_holds_fifty(olga):
    same = {"fingerprint": "f", "state": "done", "status": "done", "entered_at": NOON, "created_at": NOON}
    Task.objects.bulk_create(
        Task(task_id=UUID(int=n), trace_id=UUID(int=n), question=f"Q{n}", **same) for n in range(10_000)
    )
    page = olga.open(TASKS)
    assert page.count('name="_selected_action"') == 50
    assert "10000 tasks" in page


def test_a_row_says_what_an_operator_wants_to_know(olga):
    task(
        1, "failed", code="ci_failed", pull=pull(7), is_degraded=True, priority="P0", worker_instance="io@a",
        finished_at=NOON + timedelta(seconds=13.4),
    )  # fmt: skip
    page = olga.open(TASKS)
    row = page[page.index('id="result_list"') :]
    wanted = [
        "Question 1?",
        "cl-bad",
        "failed",
        "error",
        "ci_failed",
        "12.4 s",
        "#7",
        "no model",
        "P0",
        "io@a",
    ]
    assert [word for word in wanted if word not in row] == []
    assert 'href="https://forge.test/o/r/pull/7"' in row


@pytest.fixture
def three(olga):
    with_id("aabbccdd-0000-4000-8000-000000000001", question="Alpha", merge_sha="0123456789abcdef")
    with_id("aabbcc00-0000-4000-8000-000000000002", question="Beta", pull=pull(12, head_sha="fedcba9876543"))
    with_id("77777777-0000-4000-8000-000000000003", question="Gamma 12", commit_sha="cafe0123")
    return olga


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("alph", {"Alpha"}),
        ("aabbccdd-0000-4000-8000-000000000001", {"Alpha"}),
        ("AABBCCDD00004000", {"Alpha"}),
        ("aabbcc", {"Alpha", "Beta"}),
        ("%2312", {"Beta"}),
        ("12", {"Beta", "Gamma 12"}),
        ("0123456", {"Alpha"}),
        ("fedcba98", {"Beta"}),
        ("cafe0123", {"Gamma 12"}),
        ("nothing like it", set()),
        ("%27%3B--", set()),
    ],
)
def test_a_search_finds_by_question_id_number_and_commit(three, typed, expected):
    assert found(three, f"q={typed}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=failed", {"Red"}),
        ("state=failed&state=queued", {"Red", "New"}),
        ("status__exact=queued", {"New"}),
        ("code=ci_failed", {"Red"}),
        ("priority__exact=P0", {"New"}),
        ("is_degraded__exact=1", {"Good"}),
        ("created_at__year=2025", {"New"}),
        ("created_at_from_0=2026-01-01&created_at_from_1=00:00", {"Good", "Red"}),
        ("created_at_to_0=2025-12-31", {"New"}),
        ("created_at_from_0=2026-03-01&created_at_from_1=12:00:02", {"Red"}),
        ("created_at_from_0=2026-02-31&created_at_to_0=nonsense", {"Good", "Red", "New"}),
    ],
)
def test_filters_narrow_the_list(olga, query, expected):
    task(1, "done", question="Good", is_degraded=True)
    task(2, "failed", question="Red", code="ci_failed")
    task(3, "queued", question="New", priority="P0", created_at=NOON - timedelta(days=365))
    assert found(olga, query) == expected


def test_the_codes_that_occur_are_offered_and_no_empty_one(olga):
    task(1, "failed", code="ci_failed")
    task(2)
    offered = re.findall(r'name="code" value="([^"]*)"', olga.open(TASKS))
    assert offered == ["ci_failed"]
