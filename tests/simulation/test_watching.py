"""What the watcher must notice: each thing that is never allowed, planted in a world where all was well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import override_settings

from closedloop.celery import app
from closedloop.ports.forge import CheckOutcome, CommitDraft, MergeOrder, MergeRules
from rollback_app.models import Release, Rollback
from tasks_app.models import Lane, PullRequest, QuestionKey, Task, TaskEvent
from tests.fakes.memory import forget_everything
from tests.simulation import pace
from tests.simulation.character import draw
from tests.simulation.drive import Drive
from tests.simulation.operators import Act


@pytest.fixture
def drive(transactional_db):
    """Two tasks asked for at once and done, without any trouble."""
    app.loader.import_default_modules()
    forget_everything()
    drawn = draw(1)
    character = replace(
        drawn, lag=timedelta(0), looks_until_mergeable=0, is_beat_silent=False,
        gate=replace(drawn.gate, rules=MergeRules()),
    )  # fmt: skip
    usual = {"MERGE_METHOD": "squash", "MERGE_STRATEGY": "direct", "LANE_SIZE": 100, "QUEUE_LIMIT": 100}
    with override_settings(**{**character.settings, **usual}):
        drive = Drive(character)
        drive.engine.calm()
        for thing in ("Export", "Import"):
            drive.clients.ask_for(f"How many rows per page does the {thing} window show?")
        with connection.execute_wrapper(drive.engine.guard):
            pace.walk(drive.engine, timedelta(hours=2))
        drive.watcher.look()
        assert (drive.watcher.findings, Task.objects.filter(state="done").count()) == ([], 2)
        yield drive


def another_question_held(drive):
    Task.objects.update(fingerprint="the same", created_at=drive.engine.now)


def a_state_without_an_event(_drive):
    Task.objects.update(state="rolling_back", status="running")


def a_settled_state_left(_drive):
    task = Task.objects.earliest("created_at")
    TaskEvent.objects.create(
        task=task, at=task.updated_at, event="retry", from_state="done", to_state="queued"
    )


def nobody_looks(_drive):
    PullRequest.objects.filter(state="merged").update(state="closing", next_look_at=None)


def an_occupied_lane(_drive):
    Lane.objects.update(pull=PullRequest.objects.first())


def a_frozen_lane(_drive):
    Lane.objects.update(
        frozen_at=PullRequest.objects.earliest("created_at").created_at, freeze_reason="forgotten"
    )


def no_proof(_drive):
    Release.objects.update(verified_at=None)


def a_failure_without_code(_drive):
    Task.objects.update(state="failed", status="error", code="")


def a_second_branch(drive):
    deed = next(deed for deed in drive.engine.scene.forge.script.deeds if deed.method == "publish_branch")
    drive.engine.scene.forge.script.deeds.append(deed)


def a_second_merge(drive):
    world = drive.engine.scene.world
    head = world.repository.branches["main"]
    message = world.repository.commits[head].message
    world.repository.branches["main"] = world.repository.commit((head,), message, {"docs/FAQ.md": "again"})


def an_unseen_merge(drive):
    forge = drive.engine.scene.forge
    pull = next(iter(forge.world.pulls.values()))
    order = MergeOrder(number=pull.number, head_sha=pull.head_sha, method="squash", title="x", message="")
    forge.script.done("merge_pull", (order,), "0" * 40)


def a_foreign_path(drive):
    forge, main = drive.engine.scene.forge, drive.engine.scene.main
    draft = CommitDraft(message="ours\n\ntrace-id: 1", files={"setup.py": "evil"})
    forge.world.repository.commit((main,), draft.message, draft.files)


def a_strangers_pull_closed(drive):
    next(pull for pull in drive.engine.scene.world.pulls.values() if pull.is_fork).state = "closed"


def an_answer_twice_on_the_page(drive):
    drive.engine.scene.world.push("main", {"docs/FAQ.md": drive.engine.scene.town.page * 2})


def an_act_without_audit(drive):
    drive.desk.acts.append(Act(reason="nobody wrote this down", is_done=True))


def an_accepted_question_gone(_drive):
    QuestionKey.objects.all().delete()
    TaskEvent.objects.all().delete()
    Task.objects.all().delete()


def a_rollback_too_many(_drive):
    release = Release.objects.all()[0]
    for number in range(6):
        Rollback.objects.create(
            release=release, reason="x", is_automatic=True, actor="policy", state="done",
            head_branch=f"hotfix/{number}", entered_at=release.merged_at,
            detected_at=release.merged_at, decided_at=release.merged_at,
        )  # fmt: skip


PLANTED = [
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "no", "another_"))
]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_what_is_never_allowed_is_noticed(drive, plant):
    plant(drive)
    drive.watcher.look()
    assert drive.watcher.findings


def test_a_merged_pull_request_does_not_come_back(drive):
    PullRequest.objects.update(state="closing", next_look_at=F("entered_at"), deadline_at=F("entered_at"))
    drive.watcher.look()
    assert any("went from merged to closing" in finding for finding in drive.watcher.findings)


def test_work_that_never_ends_is_noticed(drive):
    Task.objects.update(state="generating", status="running")
    drive.watcher.require_rest()
    assert any("does not come to rest" in finding for finding in drive.watcher.findings)


def test_what_ci_did_not_say_is_not_taken_for_green(drive):
    forge = drive.engine.scene.forge
    for checks in forge.world.checks.values():
        checks[:] = [replace(check, outcome=CheckOutcome.FAILURE) for check in checks]
    for deed in forge.script.deeds:
        if deed.method == "look_at":
            for number, view in deed.result.items():
                deed.result[number] = replace(view, checks=())
    drive.watcher.look()
    assert any("without its checks" in finding for finding in drive.watcher.findings)
