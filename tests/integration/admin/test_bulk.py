from __future__ import annotations

from django.contrib.admin.models import LogEntry

from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Rollback
from tasks_app.models import Task
from tests.fakes.town import QUESTION
from tests.integration.admin.desk import OTHER, TASKS, said, two_together


def states(*ids):
    return [Task.objects.get(pk=pk).state for pk in ids]


def two_failed(town):
    town.world.ci = CheckOutcome.FAILURE
    ids = [town.ask(), town.ask(OTHER)]
    town.settle()
    town.world.ci = CheckOutcome.SUCCESS
    town.world.push("main", {"README.md": "x"})
    return ids


def choose_and_send(desk, action, ids, reason="many at once"):
    asked = desk.choose(TASKS, action, ids)
    assert asked.status_code == 200
    return desk.send(TASKS, asked.content.decode(), reason=reason)


def test_many_tasks_are_retried_with_one_reason(town, olga):
    ids = two_failed(town)
    answer = choose_and_send(olga, "retry", ids)
    town.settle()
    assert (said(answer), states(*ids)) == (["Retried (2)."], ["done", "done"])
    assert LogEntry.objects.count() == 2


def test_choosing_alone_changes_nothing(town, olga):
    ids = two_failed(town)
    olga.choose(TASKS, "retry", ids)
    assert states(*ids) == ["failed", "failed"]


def test_a_missing_reason_asks_again(town, olga):
    ids = two_failed(town)
    answer = choose_and_send(olga, "retry", ids, reason=" ")
    assert "cl-error" in answer.content.decode()
    assert states(*ids) == ["failed", "failed"]


def test_rows_whose_state_forbids_it_are_left_out_and_said_so(town, olga, done):
    waiting = town.ask(OTHER)
    asked = olga.choose(TASKS, "cancel", [done, waiting]).content.decode()
    assert "Cancel: not possible for 1 of them." in asked
    olga.send(TASKS, asked, reason="not needed")
    town.settle()
    assert states(done, waiting) == ["done", "cancelled"]


def test_tasks_of_one_merge_are_taken_back_by_one_rollback(town, olga):
    ids = two_together(town)
    choose_and_send(olga, "roll_back", ids)
    town.settle()
    assert (Rollback.objects.count(), states(*ids)) == (1, ["rolled_back", "rolled_back"])
    assert (OTHER in town.page, QUESTION in town.page) == (False, False)


def test_tasks_of_different_merges_are_refused_together(town, olga, done):
    second = town.ask(OTHER)
    town.settle()
    (message,) = said(choose_and_send(olga, "roll_back", [done, second]))
    assert message.startswith("Roll back was refused: these were merged in 2 pull requests")
    assert (Rollback.objects.count(), states(done, second)) == (0, ["done", "done"])


def test_the_menu_holds_only_what_one_may_do(town, staff, done):
    page = staff("tasks_app.view_task", "tasks_app.cancel_task").open(TASKS)
    found = {
        name for name in ("retry", "cancel", "roll_back", "delete_selected") if f'value="{name}"' in page
    }
    assert found == {"cancel"}


def test_an_action_that_one_may_not_do_is_not_done(town, staff):
    ids = two_failed(town)
    sam = staff("tasks_app.view_task", "tasks_app.cancel_task")
    page = sam.open(TASKS)
    sam.send(TASKS, page, action="retry", _selected_action=[str(pk) for pk in ids], reason="x")
    assert states(*ids) == ["failed", "failed"]


def test_more_than_a_hundred_at_once_are_refused(town, olga):
    ids = [town.ask(f"{OTHER} {number}") for number in range(101)]
    answer = olga.choose(TASKS, "cancel", ids)
    assert said(answer) == ["Choose at most 100 at once."]
