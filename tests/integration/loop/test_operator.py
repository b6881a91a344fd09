from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unauthorized, Unavailable
from closedloop.ports.forge import CheckOutcome
from tasks_app.models import Lane, Task
from tasks_app.services.errors import NotPossible
from tasks_app.services.operator import cancel_task, retry_task
from tests.fakes.town import PAGE, QUESTION


def test_a_failed_task_is_retried_with_a_new_pull_request(town):
    town.world.ci = CheckOutcome.FAILURE
    task_id = town.ask()
    town.settle()
    town.world.ci = CheckOutcome.SUCCESS
    town.world.push("main", {"docs/limits.md": "# Limits\n\nRewritten.\n"})
    retry_task(task_id, actor="olga", reason="flaky", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert [pull.state for pull in town.world.pulls.values()] == ["closed", "merged"]


def test_a_deploy_that_came_late_is_retried_without_a_second_merge(town):
    town.deployer.version = "0" * 40
    task_id = town.ask()
    town.settle()
    town.deployer.version = lambda: town.world.repository.branches["main"]
    retry_task(task_id, actor="olga", reason="it is live now", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert len(town.world.pulls) == 1


def test_a_task_is_cancelled_before_anything_is_published(town):
    town.courier.loses_everything = True
    task_id = town.ask()
    cancel_task(task_id, actor="olga", reason="not needed", ports=town.ports)
    town.courier.loses_everything = False
    town.settle()
    assert (Task.objects.get(pk=task_id).state, town.page) == ("cancelled", PAGE)


def test_cancelling_under_ci_closes_the_pull_request_and_frees_the_lane(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    cancel_task(task_id, actor="olga", reason="not needed", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "cancelled"
    assert [pull.state for pull in town.world.pulls.values()] == ["closed"]
    assert Lane.objects.get().pull is None


def test_a_done_task_can_be_neither_retried_nor_cancelled(town):
    task_id = town.ask()
    town.settle()
    for act in (retry_task, cancel_task):
        with pytest.raises(NotPossible):
            act(task_id, actor="olga", reason="why not", ports=town.ports)


def test_a_retry_is_refused_while_another_task_answers_the_same_question(town):
    town.world.ci = CheckOutcome.FAILURE
    failed = town.ask()
    town.settle()
    town.world.ci = None
    assert town.ask() != failed
    with pytest.raises(NotPossible, match="same question"):
        retry_task(failed, actor="olga", reason="again", ports=town.ports)


def test_bad_credentials_ask_for_an_operator_and_the_task_resumes_after(town):
    town.forge.script.arm("publish_branch", Unauthorized("Bad credentials"), times=5)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).code == "forge_unauthorized"
    retry_task(task_id, actor="olga", reason="token replaced", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"


def test_a_model_that_is_out_is_tried_three_times_then_an_extract_is_published(town):
    town.model.script.arm("complete", Unavailable("timed out"), times=10)
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.is_degraded, town.model.script.count("complete")) == ("done", True, 3)
    assert "without the model" in town.page


def test_the_same_question_after_its_hour_is_declined_because_the_page_answers_it(town):
    town.ask()
    town.settle()
    town.now += timedelta(hours=2)
    again = town.ask(QUESTION)
    town.settle()
    assert Task.objects.get(pk=again).code == "already_answered"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("What is Lumen?", "already_answered"),
        ("Who won the chess championship in 1927?", "no_source"),
        ("Is ghp_16C7e42F292c6912E7710c838347Ae178B4a my API key for 120 requests?", "unsafe"),
    ],
)
def test_what_must_not_be_published_is_declined_by_name(town, question, code):
    task_id = town.ask(question)
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, town.page) == ("declined", code, PAGE)


def test_a_model_that_finds_no_answer_is_believed(town):
    town.model.content = '{"section": "", "answer": "", "sources": []}'
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, town.page) == ("declined", "no_source", PAGE)
