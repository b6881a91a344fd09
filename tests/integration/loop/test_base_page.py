"""What people did to the page while checks ran, where git's merge of texts would go through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from closedloop.ports.forge import CheckOutcome
from tasks_app.models import PullRequest, Task
from tasks_app.pipeline import faq
from tasks_app.services.base_page import outdated
from tasks_app.services.operator import retry_task
from tests.fakes.town import PAGE, QUESTION
from tests.integration.loop.passengers import states, together

SHORT = timedelta(seconds=30)
ACCOUNT = "\n## Account\n\n### How do I log in?\n\nWith a key.\n"


def report(town, number):
    for name in ("lint", "smoke"):
        town.world.report(town.world.pulls[number].head_sha, name, CheckOutcome.SUCCESS)


@pytest.fixture
def waiting(town):
    """A task whose pull request waits for CI, on a page with a second section."""
    town.world.push("main", {"docs/FAQ.md": PAGE + ACCOUNT})
    town.world.ci = None
    task_id = town.ask()
    town.settle(within=SHORT)
    assert states(task_id) == ["awaiting_ci"]
    return task_id


def test_the_same_question_answered_elsewhere_is_not_answered_twice(town, waiting):
    town.world.push("main", {"docs/FAQ.md": f"{town.page}\n### {QUESTION}\n\nBy hand: 120.\n"})
    report(town, 1)
    town.settle()
    task = Task.objects.get()
    assert (task.state, task.code) == ("declined", "already_answered")
    assert [entry.question for entry in faq.entries(town.page)].count(QUESTION) == 1
    assert PullRequest.objects.order_by("created_at")[0].code == "page_changed"


def test_whoever_travels_with_it_goes_on(town):
    ids = together(town)
    town.world.push("main", {"docs/FAQ.md": f"{town.page}{ACCOUNT}\n### {QUESTION}\n\nBy hand: 120.\n"})
    town.world.ci = CheckOutcome.SUCCESS
    report(town, 2)
    town.settle()
    assert states(*ids) == ["declined", "done"]


def test_who_lost_its_claim_over_a_long_page_leaves_it_to_whoever_has_it(town, waiting):
    def others_take_over():
        town.now += settings.LEASE
        PullRequest.objects.update(fence=F("fence") + 1)

    town.world.push("main", {"docs/FAQ.md": town.page.replace("With a key.", "With a card.")})
    town.forge.script.before("file_at", others_take_over)
    read = town.forge.script.count("file_at")
    report(town, 1)
    town.settle()
    assert (states(waiting), PullRequest.objects.count()) == (["done"], 1)
    assert (town.forge.script.count("file_at") - read, town.forge.script.count("merge_pull")) == (2, 1)


def test_an_edit_that_leaves_room_costs_nothing(town, waiting):
    town.world.push("main", {"docs/FAQ.md": town.page.replace("With a key.", "With a key or a card.")})
    report(town, 1)
    town.settle()
    assert (states(waiting), PullRequest.objects.count()) == (["done"], 1)
    assert "or a card" in town.page


@pytest.mark.parametrize("instead", [{}, {"docs/questions.md": PAGE + ACCOUNT}])
def test_a_page_that_was_taken_away_is_not_made_anew(town, waiting, instead):
    town.world.push("main", {"docs/FAQ.md": None, **instead})
    report(town, 1)
    town.settle()
    task = Task.objects.get()
    assert (task.state, task.code) == ("needs_operator", "page_missing")
    head = town.world.repository.commits[town.world.repository.branches["main"]]
    assert "docs/FAQ.md" not in head.files
    assert head.files.get("docs/questions.md") in (None, PAGE + ACCOUNT)


def test_later_questions_are_not_written_to_a_page_that_was_taken_away(town):
    first = town.ask()
    town.settle()
    town.world.push("main", {"docs/FAQ.md": None})
    second = town.ask("What does an export hold?")
    town.settle()
    assert states(first, second) == ["done", "needs_operator"]


def test_a_page_that_never_was_there_is_made(town):
    town.world.push("main", {"docs/FAQ.md": None})
    task_id = town.ask()
    town.settle()
    assert (states(task_id), QUESTION in town.page) == (["done"], True)


@pytest.mark.parametrize(("is_on_main", "code"), [(True, ""), (False, "base_moved")])
def test_what_is_built_on_commits_that_the_base_does_not_hold_is_built_anew(town, waiting, is_on_main, code):
    """Who goes before was squashed: its commits would come along, and tell of its task twice."""
    branches = town.world.repository.branches
    below = branches["main"] if is_on_main else town.world.push("theirs", {"docs/other.md": "Theirs.\n"})
    town.world.push("main", {"docs/more.md": "A person's.\n"})
    pull, tasks = PullRequest.objects.get(), list(Task.objects.all())
    pull.base_pull = PullRequest(lane=pull.lane, head_branch="theirs", head_sha=below, state="merged")
    why = outdated(pull, tasks, town.ports)
    assert (why.code if why else "") == code


def test_a_page_that_became_a_link_is_left_alone_until_it_is_a_page_again(town):
    town.world.modes["docs/FAQ.md"] = "120000"
    task_id = town.ask()
    town.settle()
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.code, "is no plain file" in task.error_msg) == (
        "needs_operator",
        "forge_bad_reply",
        True,
    )
    del town.world.modes["docs/FAQ.md"]
    retry_task(task_id, actor="olga", reason="put back", ports=town.ports)
    town.settle()
    assert (states(task_id), town.page.count(QUESTION)) == (["done"], 1)
