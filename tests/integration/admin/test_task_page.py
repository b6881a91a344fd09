from __future__ import annotations

import html
import re
import uuid

import pytest

from rollback_app.models import Rollback
from tasks_app.models import Task
from tests.fakes.town import QUESTION
from tests.integration.admin.desk import TASKS, button, task_page, two_together

HOSTILE = "<script>alert(1)</script> \"onload=' \u202egnirts\u202c limit per minute of an API key?"
#: Chapters of a task that went all the way and back.
CHAPTERS = ["timeline", "task", "operation", "pull_request", "effects", "audit", "release", "rollback"]


def words(page):
    """What a reader sees."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def undone(town, olga, done):
    olga.press(button(done, "roll_back"), "the answer is wrong")
    town.settle()
    return done


def test_the_page_tells_the_whole_story(olga, undone):
    page = olga.open(task_page(undone))
    assert re.findall(r'<section class="cl-card" id="(\w+)"', page) == CHAPTERS


def test_every_stage_stands_in_the_timeline_with_how_long_it_lasted(olga, undone):
    page = olga.open(task_page(undone))
    timeline = page[page.index('id="timeline"') : page.index('id="task"')]
    rows = re.findall(r"<tr><td>(.*?)</tr>", timeline, re.DOTALL)
    states = [word for row in rows for word in re.findall(r"cl-badge[^>]*>([^<]+)<", row)]
    assert states[:3] == ["queued", "generating", "judging"]
    assert states[-3:] == ["done", "rolling back", "rolled back"]
    # A settled state lasts no time.
    assert ["cl-bar" in row for row in rows] == [state not in ("done", "rolled back") for state in states]


def test_the_links_lead_to_pull_request_commit_page_api_and_metrics(olga, done):
    page = olga.open(task_page(done))
    task = Task.objects.get(pk=done)
    nav = page[page.index('class="cl-links"') :]
    links = re.findall(r'href="([^"]+)"', nav[: nav.index("</nav>")])
    assert links[0] == task.pr_url
    assert links[1].endswith(f"/commit/{task.merge_sha}")
    assert links[2:] == [
        f"/api/agent/tasks/{done}",
        "/metrics/",
        "https://site.test/docs/FAQ.html#how-many-requests-per-minute-may-an-api-key-send",
    ]


def test_who_pressed_what_and_why_is_told(olga, undone):
    page = olga.open(task_page(undone))
    audit = words(page[page.index('id="audit"') : page.index('id="release"')])
    assert "olga roll_back the answer is wrong" in audit
    assert "olga Rollback started: the answer is wrong" in audit


def test_a_rollback_shows_its_phases_and_their_sum(olga, undone):
    page = words(olga.open(f"/admin/rollback_app/rollback/{Rollback.objects.get().pk}/change/"))
    places = [page.index(name) for name in ("decide", "open the revert", "deploy", "confirm health", "TRB")]
    assert places == sorted(places)


def test_siblings_of_one_pull_request_are_named(town, olga):
    first, second = two_together(town)
    page = olga.open(task_page(first))
    assert f'href="{task_page(second)}"' in page[page.index('id="pull_request"') :]


@pytest.mark.parametrize("address", ["list", "page", "confirm", "index"])
def test_a_hostile_question_is_inert_everywhere(town, olga, address):
    town.courier.loses_everything = True
    pk = town.ask(HOSTILE)
    places = {"list": TASKS, "page": task_page(pk), "confirm": button(pk, "cancel"), "index": "/admin/"}
    page = olga.open(places[address])
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_characters_that_turn_text_around_are_shown_and_not_obeyed(town, olga):
    town.courier.loses_everything = True
    pk = Task.objects.get(pk=town.ask("How?")).pk
    Task.objects.filter(pk=pk).update(error_msg="safe \u202egnp.exe\u202c \x1b[31m", answer="a\u2066b")
    page = olga.open(task_page(pk))
    shown = page[page.index('id="timeline"') :]
    assert not set(shown) & set("\u202e\u202c\u2066\x1b")
    assert ["U+202E" in shown, "U+2066" in shown, "U+001B" in shown] == [True, True, True]


def test_text_of_any_script_keeps_its_direction(town, olga):
    town.courier.loses_everything = True
    question = "كم عدد الطلبات في الدقيقة؟ 每分钟多少请求？"
    page = olga.open(task_page(town.ask(question)))
    assert f'<h1 dir="auto">{question}</h1>' in page


def test_times_are_told_in_utc(olga, done):
    assert "asked 2026-01-05 12:00:00 UTC" in olga.open(task_page(done))


def test_only_an_open_tasks_page_loads_itself_anew(town, olga, done):
    town.courier.loses_everything = True
    waiting = town.ask("What does an export hold?")
    found = ['http-equiv="refresh"' in olga.open(task_page(pk)) for pk in (done, waiting)]
    assert found == [False, True]


@pytest.mark.parametrize("act", ["post", "put", "patch", "delete"])
def test_history_cannot_be_written(olga, done, act):
    olga.client.handler.enforce_csrf_checks = False
    answer = getattr(olga.client, act)(task_page(done), {"question": "changed"})
    assert (answer.status_code, Task.objects.get(pk=done).question) == (405, QUESTION)


def test_there_is_no_page_to_add_or_delete_a_task(olga, done):
    olga.open(f"{TASKS}add/", status=403)
    olga.open(f"{TASKS}{done}/delete/", status=403)


def test_the_number_of_queries_does_not_grow_with_the_siblings(olga, done, django_assert_max_num_queries):
    task = Task.objects.get(pk=done)
    olga.open(task_page(done))
    for _ in range(25):
        task.pk = task.trace_id = uuid.uuid4()
        task.save(force_insert=True)
    with django_assert_max_num_queries(16):
        page = olga.open(task_page(done))
    assert "the first 20" in page
