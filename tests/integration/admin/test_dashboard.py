from __future__ import annotations

import html
import re
from datetime import timedelta

from metrics_app.models import Alert, WorkerHeartbeat
from tasks_app.models import Task
from tests.integration.admin.desk import TASKS, task_page

CARD = re.compile(r'<h2>([^<]+)</h2>\s*<p class="cl-value">([^<]+)</p>')
ALL = ("tasks_app.view_task", "metrics_app.view_workerheartbeat", "metrics_app.view_alert")


def cards(page):
    return {name: html.unescape(value) for name, value in CARD.findall(page)}


def test_an_empty_installation_says_nothing_it_does_not_know(town, olga):
    assert cards(olga.open("/admin/")) == {
        "Success today": "–", "TTE P95 today": "–", "Open tasks": "0", "Workers": "0 fresh",
        "Open alerts": "0",
    }  # fmt: skip


def test_the_figures_of_today_are_shown(town, olga, done):
    for name, age in (("io@a", 0), ("io@b", 180)):
        seen = town.now - timedelta(seconds=age)
        WorkerHeartbeat.objects.create(worker_id=name, last_heartbeat=seen, started_at=seen)
    Alert.objects.create(
        key="k", severity="critical", title="<b>It burns", fired_at=town.now, last_seen_at=town.now
    )
    town.courier.loses_everything = True
    town.ask("What does an export hold?")
    page = olga.open("/admin/")
    found = cards(page)
    assert (found["Success today"], found["Open tasks"]) == ("100 %", "1")
    assert (found["Workers"], found["Open alerts"]) == ("1 fresh", "1")
    assert "1 stale" in page
    assert "&lt;b&gt;It burns" in page


def test_the_last_eight_tasks_are_named(town, olga):
    town.courier.loses_everything = True
    ids = []
    for number in range(10):
        town.now += timedelta(seconds=1)
        ids.append(town.ask(f"What does an export hold? {number}"))
    page = olga.open("/admin/")
    assert [task_page(pk) in page for pk in ids] == [False] * 2 + [True] * 8


def test_open_states_lead_to_their_lists(town, olga):
    town.courier.loses_everything = True
    town.ask()
    address = f"{TASKS}?state=queued"
    assert f'href="{address}"' in olga.open("/admin/")
    assert olga.open(address).count('name="_selected_action"') == 1


def test_it_leads_to_the_live_metrics(town, olga):
    assert 'href="/metrics/"' in olga.open("/admin/")


def test_everyone_sees_only_what_they_may(town, staff, done):
    sam = staff("metrics_app.view_workerheartbeat")
    page = sam.open("/admin/")
    assert list(cards(page)) == ["Workers"]
    assert Task.objects.get().question not in page
    assert "/admin/auth/user/" not in page


def test_who_may_see_nothing_is_told_so(town, staff, done):
    assert "There is nothing here that you may see" in staff().open("/admin/")


def test_the_first_page_stays_cheap(town, olga, done, django_assert_max_num_queries):
    olga.open("/admin/")
    with django_assert_max_num_queries(16):
        olga.open("/admin/")
