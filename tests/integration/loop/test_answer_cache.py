"""The same request to the model within a day is answered as before, unless that did not serve."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollback_app.services.operator import roll_back
from tasks_app.models import CachedAnswer, Task
from tasks_app.services.answer_cache import forget_old_answers
from tests.fakes.town import QUESTION
from tests.integration.loop.passengers import states

DAY = timedelta(days=1)


@pytest.fixture
def answered(town, settings):
    """A question that was answered, and whose answer is not on the page yet: CI takes days."""
    settings.CI_TIMEOUT = 3 * DAY
    town.world.ci = None
    task_id = town.ask()
    town.work_off()
    return task_id


def ask_again(town):
    """The same words, asked so much later that it is another task."""
    town.now += timedelta(hours=1, seconds=1)
    task_id = town.ask()
    town.work_off()
    return Task.objects.get(pk=task_id)


def calls(town):
    return town.model.script.count("complete")


def test_the_same_request_is_not_paid_for_twice(town, answered):
    again = ask_again(town)
    first = Task.objects.get(pk=answered)
    assert (again.answer, again.model, again.sources) == (first.answer, first.model, first.sources)
    assert (again.prompt_tokens, again.model_attempts, again.is_degraded) == (0, 0, False)
    assert (calls(town), CachedAnswer.objects.get().hits) == (1, 1)
    assert "before" in again.events.get(event="draft").detail


def test_after_a_day_the_model_is_asked_again(town, answered):
    town.now += DAY
    ask_again(town)
    assert calls(town) == 2


def test_other_documents_make_another_request(town, answered):
    guide = "# Limits\n\n## API keys\n\nAn API key may send 240 requests per minute.\n"
    town.world.push("main", {"docs/limits.md": guide})
    assert "240" in ask_again(town).answer
    assert calls(town) == 2


def test_a_reply_that_was_rejected_is_never_kept(town):
    town.model.content = "no JSON at all"
    town.ask()
    town.settle()
    assert not CachedAnswer.objects.exists()


def test_what_was_taken_back_is_not_said_again(town):
    task_id = town.ask()
    town.settle()
    roll_back([task_id], actor="olga", reason="wrong", ports=town.ports)
    town.settle()
    assert states(task_id) == ["rolled_back"]
    town.ask()
    town.settle()
    assert (calls(town), CachedAnswer.objects.get().hits) == (2, 0)


def test_it_can_be_switched_off(town, answered, settings):
    CachedAnswer.objects.all().delete()
    settings.ANSWER_CACHE = timedelta(0)
    ask_again(town)
    assert (calls(town), CachedAnswer.objects.exists()) == (2, False)


def test_old_answers_are_forgotten(town, answered):
    forget_old_answers(town.now)
    assert CachedAnswer.objects.exists()
    forget_old_answers(town.now + DAY)
    assert not CachedAnswer.objects.exists()


def test_the_question_is_part_of_the_request(town, answered):
    town.ask(f"{QUESTION} At most?")
    town.work_off()
    assert calls(town) == 2
