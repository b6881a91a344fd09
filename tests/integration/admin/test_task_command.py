from __future__ import annotations

import json
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from tasks_app.models import Task
from tests.integration.admin.desk import button


def told(*args):
    out = StringIO()
    call_command("task", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def undone(town, olga, done):
    olga.press(button(done, "roll_back"), "the answer is wrong")
    town.settle()
    return done


def test_the_story_goes_from_the_question_to_the_rollback(undone):
    story = told(undone)
    titles = [
        "Task",
        "Timeline",
        "Operation",
        "Pull request",
        "Effects outside",
        "Audit",
        "Release",
        "Rollback",
    ]
    places = [story.index(f"{title}\n{'─' * len(title)}\n") for title in titles]
    assert places == sorted(places)
    assert story.startswith("Task\n")


def test_commits_pull_request_and_probes_are_named(undone):
    story, task = told(undone), Task.objects.get(pk=undone)
    wanted = [str(undone), task.pr_url, task.commit_sha, task.merge_sha, "healthz", "hotfix/rollback-", "TRB"]
    assert [word for word in wanted if word not in story] == []


def test_the_beginning_of_an_id_is_enough(undone):
    assert told(str(undone)[:6]) == told(undone) == told(str(undone).upper())


def test_for_programs_the_story_is_json(undone):
    story = json.loads(told(undone, "--json"))
    assert story["task"]["trace_id"] == str(undone)
    assert [event["state"] for event in story["timeline"]["events"]][:3] == [
        "queued",
        "generating",
        "judging",
    ]
    assert story["task"]["asked_at"] == "2026-01-05T12:00:00+00:00"
    assert {row["kind"] for row in story["effects"]["effects"]} == {"branch", "pull", "tag", "merge"}
    assert {row["verdict"] for row in story["release"]["probes"]} == {"good"}
    assert story["rollback"]["reason"] == "the answer is wrong"
    assert story["audit"]["acts_of_people"][0]["by"] == "olga"


def test_text_of_any_script_stays_readable_in_json(town):
    town.courier.loses_everything = True
    question = "كم عدد الطلبات؟ 多少?"
    assert question in told(town.ask(question), "--json")


def test_a_terminal_is_not_commanded_by_a_question(town):
    town.courier.loses_everything = True
    pk = town.ask()
    Task.objects.filter(pk=pk).update(question="\x1b[2J wiped \u202eback\nnext")
    story = told(pk)
    assert not set(story) & {"\x1b", "\u202e"}
    assert "\\u001b[2J wiped \\u202eback next" in story


def test_an_ambiguous_beginning_names_the_candidates(town):
    town.courier.loses_everything = True
    ids = [town.ask(f"What does an export hold? {n}") for n in range(17)]
    twice = next(str(a)[0] for a in ids for b in ids if a != b and str(a)[0] == str(b)[0])
    with pytest.raises(CommandError) as error:
        told(twice)
    assert str(error.value).count("queued") >= 2
    assert error.value.returncode == 2


@pytest.mark.parametrize(
    "typed", ["ffffffff-0000-4000-8000-000000000000", "no-id", "", "'; drop table", "a" * 33]
)
def test_an_unknown_id_is_told_so(town, typed):
    with pytest.raises(CommandError, match="there is no task whose trace id begins with"):
        told(typed)


def test_every_id_is_found_by_any_beginning(town):
    town.courier.loses_everything = True
    pk = town.ask()
    assert all(UUID(json.loads(told(str(pk)[:n], "--json"))["task"]["trace_id"]) == pk for n in range(1, 37))
