from __future__ import annotations

from datetime import timedelta

from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome
from rollback_app.models import Release
from tasks_app.models import Effect, Lane, PullRequest, Task, TaskEvent
from tests.fakes.town import PAGE, QUESTION

#: Long enough to publish, too short for CI to be given up on.
A_MOMENT = timedelta(seconds=30)


def report(town, number, outcome):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[number].head_sha, name, outcome)


def states_of(task_id):
    return list(TaskEvent.objects.filter(task=task_id).values_list("to_state", flat=True))


def test_a_question_becomes_a_verified_entry_on_the_page(town):
    task_id = town.ask()
    town.settle()
    assert states_of(task_id) == [
        "queued",
        "generating",
        "judging",
        "waiting_for_lane",
        "publishing",
        "awaiting_ci",
        "merging",
        "deploying",
        "verifying",
        "done",
    ]
    assert f"### {QUESTION}" in town.page.replace("\\", "")
    assert "120 requests per minute" in town.page


def test_a_done_task_names_its_pull_request_commit_and_merge(town):
    task = Task.objects.get(pk=town.ask())
    town.settle()
    task.refresh_from_db()
    pull = PullRequest.objects.get()
    assert (task.pr_url, task.merge_sha) == (pull.url, town.forge.branch_sha("main"))
    assert task.commit_sha == pull.head_sha
    moments = [at for at in (task.created_at, task.started_at, task.merged_at, task.finished_at) if at]
    assert (len(moments), moments) == (4, sorted(moments))
    assert (task.settled_state, Release.objects.get().state) == ("done", "verified")


def test_everything_completes_when_every_message_is_lost(town):
    town.courier.loses_everything = True
    task_id = town.ask()
    town.courier.loses_everything = False
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"


def test_every_outside_act_happens_once_when_its_answer_is_lost(town):
    for method in ("publish_branch", "open_pull", "merge_pull", "create_tag"):
        town.forge.script.arm(method, Unknown("connection reset"), after_effect=True)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert len(town.world.pulls) == 1
    assert {effect.status for effect in Effect.objects.all()} == {"done"}


def test_a_forge_that_is_away_for_a_while_is_waited_for(town):
    for method in ("documents_at", "publish_branch", "open_pull", "look_at", "merge_pull"):
        town.forge.script.arm(method, Unavailable("502"), times=3)
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"


def test_a_red_check_fails_the_task_and_leaves_its_pull_request_to_people(town):
    town.world.ci = CheckOutcome.FAILURE
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, task.status) == ("failed", "ci_failed", "error")
    assert town.page == PAGE
    assert [pull.state for pull in town.world.pulls.values()] == ["open"]
    assert Lane.objects.get().pull is None


def test_ci_that_never_reports_times_out(town):
    town.world.ci = None
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).code == "ci_timeout"


def test_questions_that_arrive_meanwhile_leave_together(town):
    town.world.ci = None
    first = town.ask()
    town.work_off()
    others = [town.ask("What does an export hold?"), town.ask("Which file format does an export have?")]
    town.work_off()
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(town.world.pulls[1])
    town.settle()
    assert {Task.objects.get(pk=pk).state for pk in (first, *others)} == {"done"}
    assert PullRequest.objects.count() == 2


def test_a_red_shared_pull_request_is_split_until_the_innocent_are_merged(town):
    town.world.ci = None
    town.ask("Which file format does an export have?")
    town.work_off()
    ids = [town.ask(), town.ask("What does an export hold?")]
    report(town, 1, CheckOutcome.SUCCESS)
    town.settle(within=A_MOMENT)
    report(town, 2, CheckOutcome.FAILURE)
    town.world.ci = CheckOutcome.SUCCESS
    town.settle()
    assert PullRequest.objects.get(number=2).code == "ci_failed"
    assert {Task.objects.get(pk=pk).state for pk in ids} == {"done"}
    assert PullRequest.objects.count() == 4


def test_an_edit_by_a_person_under_an_open_pull_request_loses_nothing(town):
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    edited = PAGE.replace("A notebook for teams.", "A notebook for teams and people.")
    town.world.push("main", {"docs/FAQ.md": edited})
    town.world.ci = CheckOutcome.SUCCESS
    for pull in list(town.world.pulls.values()):
        town.world.run_ci(pull)
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert "teams and people" in town.page
    assert "120 requests per minute" in town.page
