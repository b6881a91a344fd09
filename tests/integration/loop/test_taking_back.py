from __future__ import annotations

from datetime import timedelta

import pytest

from closedloop.ports.errors import Unknown
from closedloop.ports.forge import CheckOutcome
from rollback_app.models import ProbeResult, Release, Rollback
from rollback_app.services.operator import resume_rollback, roll_back
from tasks_app.models import Lane, Task, TaskEvent
from tasks_app.services.errors import NotPossible
from tests.fakes.probe import FakePage
from tests.fakes.town import PAGE

#: Long enough for everything that does not wait for people.
_SHORT = timedelta(seconds=30)


def undo(town, *task_ids):
    return roll_back(task_ids, actor="olga", reason="the answer is wrong", ports=town.ports)


def heal_after_revert(town):
    """The site is broken by our change and well again once it is reverted."""
    town.prober.fail("answered 500")
    merge = town.forge.merge_pull

    def merging(order):
        sha = merge(order)
        if town.world.pulls[order.number].head_branch.startswith("hotfix/"):
            town.prober.forced = None
        return sha

    town.forge.merge_pull = merging


@pytest.fixture
def done_task(town):
    task_id = town.ask()
    town.settle()
    return task_id


def test_tasks_of_several_merges_are_refused_by_a_true_word(town, done_task):
    other_id = town.ask("What does an export hold?")
    town.settle()
    with pytest.raises(NotPossible, match="these were merged in 2 pull requests"):
        undo(town, done_task, other_id)
    town.world.ci = None
    open_id = town.ask("Which file format does an export have?")
    with pytest.raises(NotPossible, match="one of them never was merged"):
        undo(town, done_task, open_id)


def test_a_change_that_fails_verification_is_taken_back(town):
    heal_after_revert(town)
    task = Task.objects.get(pk=town.ask())
    town.settle()
    task.refresh_from_db()
    rollback = Rollback.objects.get()
    assert (task.state, rollback.state, rollback.is_automatic) == ("rolled_back", "done", True)
    assert town.page == PAGE


def test_a_rollback_is_reported_where_people_look(town):
    heal_after_revert(town)
    town.ask()
    town.settle()
    pull, issue = town.world.pulls[2], town.world.issues[3]
    assert pull.labels == ("P0", "auto-rollback", "hotfix")
    assert pull.title.startswith("🚨 Auto-rollback: verification failed")
    assert issue.labels == ("P0", "incident", "auto-rollback")
    assert issue.body.count("- [ ]") == 3
    assert [message.title for message in town.notifier.messages] == ["Production was rolled back"]


def test_the_phases_of_a_rollback_follow_each_other(town):
    heal_after_revert(town)
    town.ask()
    town.settle()
    r = Rollback.objects.get()
    phases = [
        r.detected_at,
        r.decided_at,
        r.published_at,
        r.merged_at,
        r.live_at,
        r.healthy_at,
        r.finished_at,
    ]
    known = [at for at in phases if at]
    assert (len(known), known) == (7, sorted(known))


def test_one_bad_round_takes_nothing_back(town):
    town.prober.fail("answered 502")
    for _probe_of_the_first_round in range(3):
        town.prober.script.before("probe", lambda: None)
    town.prober.script.before("probe", lambda: setattr(town.prober, "forced", None))
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).state == "done"
    assert Release.objects.get().round == 2


def test_an_operator_takes_a_done_change_back(town, done_task):
    undo(town, done_task)
    town.settle()
    assert Task.objects.get(pk=done_task).state == "rolled_back"
    assert town.page == PAGE
    assert TaskEvent.objects.get(task=done_task, event="roll_back").actor == "olga"


def test_a_change_is_taken_back_once(town, done_task):
    undo(town, done_task)
    with pytest.raises(NotPossible):
        undo(town, done_task)
    town.settle()
    with pytest.raises(NotPossible):
        undo(town, done_task)
    assert Rollback.objects.count() == 1


def test_every_act_of_a_rollback_happens_once_when_its_answer_is_lost(town, done_task):
    for method in ("publish_branch", "open_pull", "merge_pull", "open_issue"):
        town.forge.script.arm(method, Unknown("connection reset"), after_effect=True)
    undo(town, done_task)
    town.settle()
    assert (Rollback.objects.get().state, len(town.world.pulls), len(town.world.issues)) == ("done", 2, 1)


def test_everything_is_taken_back_when_every_message_is_lost(town, done_task):
    town.courier.loses_everything = True
    undo(town, done_task)
    town.courier.loses_everything = False
    town.settle()
    assert Task.objects.get(pk=done_task).state == "rolled_back"


def test_an_entry_that_a_person_edited_is_left_to_people(town, done_task):
    town.world.push("main", {"docs/FAQ.md": town.page.replace("120 requests", "121 requests")})
    undo(town, done_task)
    town.settle()
    assert (Rollback.objects.get().code, Task.objects.get(pk=done_task).state) == (
        "revert_conflict",
        "needs_operator",
    )
    assert "121 requests" in town.page


@pytest.mark.parametrize(("looks", "state"), [(3, "rolled_back"), (99, "needs_operator")])
def test_a_base_shown_as_it_was_before_the_merge_is_looked_at_again(town, monkeypatch, looks, state):
    before, shown = town.world.repository.branches["main"], []
    task_id = town.ask()
    town.settle()
    branch_sha = town.forge.branch_sha

    def of_a_replica(branch):
        if branch != "main":
            return branch_sha(branch)
        shown.append(branch)
        return before if len(shown) <= looks else branch_sha(branch)

    monkeypatch.setattr(town.forge, "branch_sha", of_a_replica)
    undo(town, task_id)
    town.settle()
    assert Task.objects.get(pk=task_id).state == state
    assert len(shown) < 20
    assert Rollback.objects.get().code == ("" if state == "rolled_back" else "revert_conflict")


def test_a_resumed_rollback_goes_on_where_it_stopped(town, done_task):
    town.world.ci = CheckOutcome.FAILURE
    undo(town, done_task)
    town.settle()
    rollback = Rollback.objects.get()
    assert (rollback.state, rollback.code) == ("needs_operator", "rollback_ci_failed")
    for name in ("lint", "smoke"):
        town.world.report(rollback.head_sha, name, CheckOutcome.SUCCESS)
    resume_rollback(rollback.pk, actor="olga", reason="mended", ports=town.ports)
    town.settle()
    assert Task.objects.get(pk=done_task).state == "rolled_back"


def test_merges_are_frozen_while_a_rollback_is_open(town, done_task):
    town.world.ci = CheckOutcome.FAILURE
    undo(town, done_task)
    town.settle()
    assert Lane.objects.get().freeze_reason.startswith("rollback of")
    town.world.ci = CheckOutcome.SUCCESS
    waiting = town.ask("What does an export hold?")
    town.settle(within=_SHORT)
    assert Task.objects.get(pk=waiting).state == "merging"


def test_a_deploy_that_never_comes_fails_by_name(town):
    town.deployer.version = "0" * 40
    task_id = town.ask()
    town.settle()
    assert Task.objects.get(pk=task_id).code == "deploy_timeout"
    assert [message.title for message in town.notifier.messages]


def test_probes_are_written_down_one_row_each(town, done_task):
    kinds = set(ProbeResult.objects.values_list("kind", flat=True))
    assert kinds == {"healthz", "front_page", f"answer:{done_task}"}


def test_errors_reported_for_the_new_version_take_it_back(town, settings):
    settings.SENTRY_ISSUES_URL = "https://sentry.test/issues/?query=release:{version}"
    town.prober.pages = {
        "https://site.test/healthz": FakePage(),
        "https://site.test/": FakePage(),
        "https://site.test/docs/FAQ.html": FakePage(body=""),
    }
    task_id = town.ask()
    town.settle()
    kinds = dict(ProbeResult.objects.values_list("kind", "url"))
    sha = Release.objects.get().sha
    assert kinds["new_errors"] == f"https://sentry.test/issues/?query=release:{sha}"
    assert Task.objects.get(pk=task_id).state != "done"


def test_who_asks_twice_hears_that_it_is_under_way_and_later_that_it_is_over(town, done_task):
    undo(town, done_task)
    codes = []
    for _ in range(2):
        with pytest.raises(NotPossible) as refused:
            undo(town, done_task)
        codes.append(refused.value.code)
        town.settle()
    assert (codes, Rollback.objects.count()) == (["rollback_open", "already_rolled_back"], 1)
