from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from closedloop.ports.errors import Unauthorized
from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Release, Rollback
from tasks_app.models import Task, TaskEvent
from tests.fakes.town import PAGE
from tests.integration.admin.desk import button, said, task_page

SEE = "tasks_app.view_task"


def state(task_id):
    return Task.objects.get(pk=task_id).state


@pytest.fixture
def failed(town):
    town.world.ci = CheckOutcome.FAILURE
    task_id = town.ask()
    town.settle()
    town.world.ci = CheckOutcome.SUCCESS
    town.world.push("main", {"docs/limits.md": "# Limits\n\nRewritten.\n"})
    return task_id


@pytest.fixture
def queued(town):
    town.courier.loses_everything = True
    task_id = town.ask()
    town.courier.loses_everything = False
    return task_id


def test_retry_sends_a_failed_task_to_done(town, olga, failed):
    answer = olga.press(button(failed, "retry"), "CI was flaky")
    town.settle()
    assert (answer.status_code, answer.url, state(failed)) == (302, task_page(failed), "done")
    assert said(answer) == ["Retried."]


def test_cancel_stops_a_waiting_task(town, olga, queued):
    olga.press(button(queued, "cancel"), "not needed")
    town.settle()
    assert (state(queued), town.page) == ("cancelled", PAGE)


def test_roll_back_takes_a_live_change_back(town, olga, done):
    olga.press(button(done, "roll_back"))
    town.settle()
    assert (state(done), town.page) == ("rolled_back", PAGE)
    assert Rollback.objects.get().reason == "the answer is wrong"


def test_a_release_takes_all_its_tasks_back(town, olga):
    town.world.ci = None
    tasks = [town.ask(), town.ask("What does an export hold?")]
    town.world.ci = CheckOutcome.SUCCESS
    town.settle()
    release = Release.objects.earliest("merged_at")
    olga.press(button(release.pk, "roll_back", of="rollback_app/release"))
    town.settle()
    carried = set(Task.objects.filter(pull=release.pull_id).values_list("state", flat=True))
    assert carried == {"rolled_back"}
    assert len(tasks) == Task.objects.count()


@pytest.fixture
def stopped(town, olga, done):
    """A rollback whose checks were red."""
    town.world.ci = CheckOutcome.FAILURE
    olga.press(button(done, "roll_back"))
    town.settle()
    return Rollback.objects.get()


def test_resume_lets_a_stopped_rollback_go_on(town, olga, done, stopped):
    for name in ("lint", "smoke"):
        town.world.report(stopped.head_sha, name, CheckOutcome.SUCCESS)
    olga.press(button(stopped.pk, "resume", of="rollback_app/rollback"), "checks repaired")
    town.settle()
    assert state(done) == "rolled_back"


def test_give_up_leaves_what_is_live(town, olga, done, stopped):
    live = town.page
    olga.press(button(stopped.pk, "give_up", of="rollback_app/rollback"), "mended by hand")
    town.settle()
    task = Task.objects.get(pk=done)
    assert (task.state, task.code, town.page) == ("failed", "rollback_given_up", live)
    assert button(done, "retry") not in olga.open(task_page(done))


def test_a_stopped_rollback_offers_both_ways_and_its_task_no_retry(olga, done, stopped):
    page = olga.open(f"/admin/rollback_app/rollback/{stopped.pk}/change/")
    ways = [
        name for name in ("resume", "give_up") if button(stopped.pk, name, "rollback_app/rollback") in page
    ]
    assert ways == ["resume", "give_up"]
    assert button(done, "retry") not in olga.open(task_page(done))


def test_a_task_that_asks_for_an_operator_is_retried(town, olga):
    town.forge.script.arm("publish_branch", Unauthorized("Bad credentials"), times=5)
    task_id = town.ask()
    town.settle()
    olga.press(button(task_id, "retry"), "token replaced")
    town.settle()
    assert state(task_id) == "done"


def test_every_press_is_written_down_with_name_and_reason(town, olga, done):
    olga.press(button(done, "roll_back"), "the answer is wrong")
    entry, event = LogEntry.objects.get(), TaskEvent.objects.get(task=done, event="roll_back")
    assert (entry.user, entry.object_id) == (olga.user, str(done))
    assert entry.get_change_message() == "Rollback started: the answer is wrong"
    assert (event.actor, event.detail) == ("olga", "the answer is wrong")


@pytest.mark.parametrize("reason", ["", "   ", "\n", "x" * 501, "a\0b"])
def test_without_a_proper_reason_nothing_happens(town, olga, done, reason):
    answer = olga.press(button(done, "roll_back"), reason)
    assert answer.status_code == 200
    assert "cl-error" in answer.content.decode()
    assert (state(done), Rollback.objects.count(), LogEntry.objects.count()) == ("done", 0, 0)


def test_opening_a_buttons_page_changes_nothing(town, olga, done):
    olga.open(button(done, "roll_back") + "?reason=sneaky")
    assert (state(done), Rollback.objects.count()) == ("done", 0)


def test_a_press_without_the_pages_token_is_refused(town, olga, done):
    answer = olga.client.post(button(done, "roll_back"), {"reason": "forged"})
    assert (answer.status_code, state(done)) == (403, "done")


def test_only_what_the_state_allows_is_offered(olga, town, done):
    page = olga.open(task_page(done))
    offered = [name for name in ("retry", "cancel", "roll_back") if button(done, name) in page]
    assert offered == ["roll_back"]


def test_a_button_that_came_too_late_says_so(town, olga, done):
    address = button(done, "roll_back")
    page = olga.open(address)
    olga.press(address)
    answer = olga.send(address, page, reason="again")
    assert said(answer)[-1] == "Roll back: not possible any more."
    assert Rollback.objects.count() == 1


def test_a_refusal_of_the_service_becomes_a_message(town, olga, failed):
    town.world.ci = None
    assert town.ask() != failed
    answer = olga.press(button(failed, "retry"), "again")
    (message,) = said(answer)
    assert message.startswith("Retry was refused: task ")
    assert (answer.status_code, state(failed), LogEntry.objects.count()) == (302, "failed", 0)


@pytest.mark.parametrize("name", ["retry", "cancel", "roll_back"])
def test_who_may_only_look_finds_no_button_and_cannot_press(town, staff, done, name):
    sam = staff(SEE)
    assert button(done, name) not in sam.open(task_page(done))
    sam.open(button(done, name), status=403)
    sam.client.cookies["csrftoken"] = "a" * 32
    answer = sam.client.post(button(done, name), {"reason": "x", "csrfmiddlewaretoken": "a" * 32})
    assert (answer.status_code, state(done)) == (403, "done")


@pytest.mark.parametrize(
    ("permission", "name"),
    [("tasks_app.retry_task", "retry"), ("rollback_app.roll_back", "roll_back")],
)
def test_one_permission_opens_one_button(town, staff, failed, permission, name):
    sam = staff(SEE, permission)
    page = sam.open(task_page(failed))
    offered = {n for n in ("retry", "cancel", "roll_back") if button(failed, n) in page}
    assert offered <= {name}
    assert ("retry" in offered) is (name == "retry")


def test_a_permission_to_press_is_none_to_look(town, staff, done):
    staff("rollback_app.roll_back").open(button(done, "roll_back"), status=403)


def test_what_does_not_exist_is_not_found(town, olga, done):
    olga.open(button(done, "explode"), status=404)
    olga.open(button("7" * 32, "retry"), status=404)
    olga.open(button("not-an-id", "retry"), status=404)
