from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from rest_framework.authtoken.models import Token

from tasks_app.models import Task, TaskEvent
from tests.integration.api.asking import ask, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ACTS = ["retry", "cancel", "rollback"]
REASON = "asked twice"


@pytest.fixture
def task_id(client) -> str:
    found: str = ask(client).json()["task_id"]
    return found


@pytest.fixture
def bot() -> dict[str, str]:
    """The headers of a machine with a token of its own."""
    out = StringIO()
    call_command("api_token", "deploy-bot", stdout=out)
    return {"Authorization": f"Token {out.getvalue().strip()}"}


def act(client: Client, task_id: object, word: str, headers: dict[str, str], reason: object = REASON):
    body = {"reason": reason}
    url = f"/api/agent/tasks/{task_id}/{word}"
    return client.post(url, body, content_type="application/json", headers=headers)


def fail(task_id: str) -> None:
    Task.objects.filter(pk=task_id).update(
        state="failed", status="error", left_state="generating", code="model_away"
    )


def test_cancelling_leaves_the_name_and_the_reason(client, task_id, bot):
    answer = act(client, task_id, "cancel", bot)
    body = answer.json()
    assert (answer.status_code, body["task_state"], body["status"]) == (200, "cancelled", "error")
    last = TaskEvent.objects.latest("pk")
    assert (last.event, last.actor, last.detail) == ("cancel", "deploy-bot", REASON)


def test_retrying_goes_back_to_the_failed_step(client, task_id, bot, courier):
    fail(task_id)
    answer = act(client, task_id, "retry", bot)
    assert (answer.status_code, answer.json()["task_state"]) == (200, "generating")
    assert courier.sent[-1].row_id == task_id
    assert TaskEvent.objects.latest("pk").actor == "deploy-bot"


def test_what_the_state_does_not_allow_is_a_conflict(client, task_id, bot):
    codes = [act(client, task_id, word, bot).json()["code"] for word in ("retry", "rollback")]
    assert codes == ["not_possible", "nothing_to_roll_back"]
    act(client, task_id, "cancel", bot)
    problem = assert_problem(act(client, task_id, "cancel", bot), 409, "not_possible")
    assert problem["trace_id"] == task_id


@pytest.mark.parametrize("word", ACTS)
def test_without_a_token_nothing_happens(client, task_id, word):
    assert_problem(act(client, task_id, word, {}), 401, "not_authenticated")
    assert_problem(act(client, task_id, word, {"Authorization": "Token nonsense"}), 401, "not_authenticated")
    assert TaskEvent.objects.count() == 1


@pytest.mark.parametrize("word", ACTS)
def test_a_user_without_the_permission_is_refused(client, task_id, word):
    token = Token.objects.create(user=User.objects.create_user("reader"))
    assert_problem(act(client, task_id, word, {"Authorization": f"Token {token.key}"}), 403, "forbidden")
    assert TaskEvent.objects.count() == 1


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("reason", ["", "   ", None, 7.5j, "x" * 501, "a\0b"])
def test_an_act_needs_a_reason(client, task_id, bot, word, reason):
    body = {} if isinstance(reason, complex) else {"reason": reason}
    url = f"/api/agent/tasks/{task_id}/{word}"
    assert_problem(client.post(url, body, content_type="application/json", headers=bot), 400, "malformed")
    assert TaskEvent.objects.count() == 1


@pytest.mark.parametrize("word", ACTS)
def test_an_unknown_task_is_not_found(client, bot, word):
    assert_problem(act(client, uuid.uuid4(), word, bot), 404, "unknown_task")


def test_a_session_acts_only_with_its_csrf_token(task_id):
    user = User.objects.create_user("ada", password="correct horse")
    user.user_permissions.add(Permission.objects.get(codename="cancel_task"))
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert_problem(act(browser, task_id, "cancel", {}), 403, "forbidden")
    browser.get("/admin/login/")
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else "a" * 32
    browser.cookies["csrftoken"] = token
    assert act(browser, task_id, "cancel", {"X-CSRFToken": token}).status_code == 200
    assert TaskEvent.objects.latest("pk").actor == "ada"


def test_a_token_is_printed_again_and_renewed_on_demand(bot):
    again, renewed = StringIO(), StringIO()
    call_command("api_token", "deploy-bot", stdout=again)
    assert bot["Authorization"] == f"Token {again.getvalue().strip()}"
    call_command("api_token", "deploy-bot", "--renew", stdout=renewed)
    assert renewed.getvalue() != again.getvalue()
    assert Token.objects.get().key == renewed.getvalue().strip()
    assert not User.objects.get().has_usable_password()
