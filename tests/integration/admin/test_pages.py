"""Every page of the admin, opened by who may and by who may not."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.urls import reverse
from django_celery_results.models import GroupResult, TaskResult
from rest_framework.authtoken.models import Token

from closedloop.admin.history import HistoryAdmin
from metrics_app.models import Alert, ForgeTraffic, HealthReading, SLORecord, WorkerHeartbeat
from tasks_app.models import InboxDelivery, OutboxJob
from tests.integration.admin.desk import button

HISTORY = sorted(
    (model for model, page in admin.site._registry.items() if isinstance(page, HistoryAdmin)),
    key=lambda model: model._meta.label,
)
SHOWN = {
    "Alert", "Effect", "ForgeTraffic", "HealthReading", "InboxDelivery", "Lane", "Notification", "OutboxJob",
    "PullRequest", "Release", "Rollback", "SLORecord", "Task", "TaskResult", "WorkerHeartbeat",
    "WriteBudget", "WriteCharge",
}  # fmt: skip


def address(model, view, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


@pytest.fixture
def full(town, olga, done):
    """At least one row of everything."""
    olga.press(button(done, "roll_back"))
    town.settle()
    now = town.now
    OutboxJob.objects.create(job="rollback.take_release", args=["x"], created_at=now)
    InboxDelivery.objects.create(
        delivery_id="d", event="push", payload={"t": "<img src=x onerror=alert(1)>"}, received_at=now
    )
    WorkerHeartbeat.objects.create(
        worker_id="io@a/1", last_heartbeat=now, started_at=now, current_task_id=str(done), cpu_percent=12.4,
        memory_mb=155.2,
    )  # fmt: skip
    SLORecord.objects.create(
        objective="tte_p95", period="daily", starts_at=now, ends_at=now, value=1234, target=60_000,
        is_met=True, sample_count=3, budget_left=1, recorded_at=now,
    )  # fmt: skip
    Alert.objects.create(key="k", severity="critical", title="It burns", fired_at=now, last_seen_at=now)
    HealthReading.objects.create(name="site", is_ok=False, detail="answered 500", elapsed_ms=3, at=now)
    ForgeTraffic.objects.create(hour=now, kind="git_push", requests=3)
    TaskResult.objects.create(task_id="r", task_name="metrics.watch", status="FAILURE", traceback="Boom <b>")
    return done


def test_everything_that_happened_has_its_page():
    assert {model.__name__ for model in HISTORY} == SHOWN
    assert not admin.site.is_registered(GroupResult)


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_list_and_page_open_and_nothing_can_be_added_changed_or_deleted(olga, full, model):
    row = model.objects.first()
    page = address(model, "change", quote(row.pk))
    listed = olga.open(address(model, "changelist"))
    assert page in listed
    assert "cl-card" in olga.open(page)
    olga.open(address(model, "add"), status=403)
    olga.open(address(model, "delete", row.pk), status=403)
    assert "delete_selected" not in listed


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_without_permission_nothing_is_seen(staff, full, model):
    sam = staff()
    sam.open(address(model, "changelist"), status=403)
    sam.open(address(model, "change", model.objects.first().pk), status=403)


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_who_is_no_staff_is_sent_to_the_login(full, client, model):
    answer = client.get(address(model, "changelist"))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")


def test_a_row_that_is_gone_leads_back_with_a_message(olga, full):
    answer = olga.client.get("/admin/tasks_app/task/77777777-7777-4777-8777-777777777777/change/")
    assert (answer.status_code, answer.url) == (302, "/admin/")


def test_a_payload_is_shown_escaped(olga, full):
    page = olga.open(address(InboxDelivery, "change", InboxDelivery.objects.get().pk))
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page


def test_a_worker_is_fresh_or_stale_by_its_last_sign(town, olga):
    for name, age in (("io@a", 5), ("io@b", 121)):
        seen = town.now - timedelta(seconds=age)
        WorkerHeartbeat.objects.create(
            worker_id=name, last_heartbeat=seen, started_at=seen, cpu_percent=12.4, memory_mb=155.2
        )
    page = olga.open(address(WorkerHeartbeat, "changelist"))
    assert re.findall(r"cl-badge[^>]*>(\w+)<", page) == ["fresh", "stale"]
    assert ["12 %" in page, "155 MiB" in page] == [True, True]


def test_a_login_leads_to_the_overview(client, olga):
    page = client.get("/admin/login/")
    assert page.status_code == 200
    answer = client.post("/admin/login/", {"username": "olga", "password": "pw"})
    assert (answer.status_code, answer.url) == (302, "/admin/")


def test_a_token_is_shown_once_and_never_again(olga):
    token_pages = "/admin/authtoken/tokenproxy/"
    answer = olga.send(f"{token_pages}add/", olga.open(f"{token_pages}add/"), user=olga.user.pk)
    key = Token.objects.get(user=olga.user).key
    assert answer.status_code == 302
    assert key in olga.open(token_pages)
    assert key not in olga.open(token_pages)
    assert key[:4] in olga.open(token_pages)


def test_a_token_is_revoked_without_showing_it(olga):
    key = Token.objects.create(user=olga.user).key
    page = olga.open(f"/admin/authtoken/tokenproxy/{olga.user.pk}/delete/")
    assert key not in page
    olga.send(f"/admin/authtoken/tokenproxy/{olga.user.pk}/delete/", page)
    assert not Token.objects.exists()


def test_the_log_of_tokens_holds_no_key(olga):
    add = "/admin/authtoken/tokenproxy/add/"
    olga.send(add, olga.open(add), user=olga.user.pk)
    key = Token.objects.get().key
    delete = f"/admin/authtoken/tokenproxy/{olga.user.pk}/delete/"
    olga.send(delete, olga.open(delete))
    entries = list(LogEntry.objects.values())
    assert len(entries) == 2
    assert key not in json.dumps(entries, default=str)


@pytest.mark.parametrize("page", ["/admin/auth/user/", "/admin/auth/group/", "/admin/auth/user/add/"])
def test_people_and_groups_have_their_pages(olga, page):
    olga.open(page)
