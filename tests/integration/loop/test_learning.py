"""What the loop learns about how long things take, and what it does with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from closedloop.ports.forge import Check, CheckOutcome
from tasks_app.models import DurationSample, PullRequest, Task
from tasks_app.pipeline.pace import KEPT, Usual
from tasks_app.pipeline.states import State
from tasks_app.services import learning
from tests.integration.loop.passengers import states

CI = timedelta(seconds=20)
REPO = "acme/handbook"


def ask_with_slow_ci(town, question, *, ci=CI):
    """Ask, and let CI report green after so long; how often it was looked at, and how late that was seen."""
    town.world.ci = None
    task_id = town.ask(question)
    town.work_off()
    pull = town.world.pulls[max(town.world.pulls)]
    town.settle(within=ci)
    town.now = max(town.now, PullRequest.objects.get(number=pull.number).published_at + ci)
    town.world.ci = CheckOutcome.SUCCESS
    town.world.run_ci(pull)
    town.settle()
    assert states(task_id) == ["done"]
    known = PullRequest.objects.filter(number=pull.number).annotate(ran=F("green_at") - F("published_at"))
    return pull.looks, known.values_list("ran", flat=True).get() - ci


def test_a_usual_ci_takes_fewer_looks_and_none_is_late(town):
    seen = [ask_with_slow_ci(town, f"May an API key send {n} requests per minute?") for n in range(5)]
    assert [looks for looks, _ in seen] == [11, 11, 11, 6, 6]
    assert seen[0][1] > timedelta(seconds=4)
    assert max(late for _, late in seen[3:]) <= timedelta(seconds=2)
    assert learning.expected_ci(REPO, now=town.now) == CI


def test_what_was_learnt_makes_promises_true(town):
    for n in range(5):
        ask_with_slow_ci(town, f"May an API key send {n} requests per minute?")
    late = Task.objects.order_by("created_at").annotate(late=F("finished_at") - F("promised_at"))
    errors = [abs(one) for one in late.values_list("late", flat=True)]
    assert errors[0] > timedelta(seconds=20)
    assert errors[-1] < timedelta(seconds=5)


def test_nothing_is_expected_of_a_ci_that_is_hardly_known(town):
    ask_with_slow_ci(town, "How many requests per minute may an API key send?")
    assert learning.expected_ci(REPO, now=town.now) is None


def test_every_stage_of_a_task_is_learnt_once(town):
    town.ask()
    town.settle()
    learnt = list(DurationSample.objects.order_by("pk").values_list("subject", "name"))
    assert learnt == [
        ("stage", "generating"),
        ("stage", "publishing"),
        ("check", "lint"),
        ("check", "smoke"),
        ("stage", "awaiting_ci"),
        ("stage", "merging"),
        ("stage", "deploying"),
        ("stage", "verifying"),
    ]


@pytest.fixture
def pull(town):
    town.world.ci = None
    town.ask()
    town.work_off()
    return PullRequest.objects.get()


def took(pull, now, *seconds):
    """Teach durations of the one check."""
    for one in seconds:
        over_at = pull.entered_at + timedelta(seconds=one)
        check = Check(name="lint", outcome=CheckOutcome.SUCCESS, completed_at=over_at)
        learning.learn_ci(pull, [check], now=now)
    learning.forget()


def test_a_deadline_grows_with_what_is_usual_and_never_sinks_below_the_setting(pull, town, settings):
    settings.CI_TIMEOUT = timedelta(seconds=60)
    now = pull.entered_at + timedelta(hours=1)
    assert learning.ci_allowance(REPO, now=now) == timedelta(seconds=60)
    took(pull, now, 10, 10, 10)
    assert learning.ci_allowance(REPO, now=now) == timedelta(seconds=60)
    took(pull, now, *[50] * KEPT)
    assert learning.ci_allowance(REPO, now=now) == timedelta(seconds=150)


def test_the_forges_clock_is_believed_within_what_we_know(pull, town):
    now = pull.entered_at + timedelta(seconds=30)
    took(pull, now, -400, 20, 9000)
    assert learning.usual_checks(REPO, now=now) == {
        "lint": Usual(typical=timedelta(seconds=20), early=timedelta(0), late=timedelta(seconds=30))
    }


def test_only_the_last_durations_are_kept_and_count(pull, town):
    now = pull.entered_at + timedelta(hours=1)
    took(pull, now, *[600] * KEPT, *[30] * KEPT)
    assert learning.expected_ci(REPO, now=now) == timedelta(seconds=30)
    assert DurationSample.objects.filter(name="lint").count() <= KEPT + 20


def test_what_was_learnt_is_remembered_for_a_second(pull, town, django_assert_num_queries):
    now = town.now
    learning.forget()
    with django_assert_num_queries(1):
        assert learning.usual_stays(REPO, now=now).get(State.AWAITING_CI) is None
        learning.expected_ci(REPO, now=now + timedelta(milliseconds=999))
    with django_assert_num_queries(1):
        learning.expected_ci(REPO, now=now + timedelta(seconds=1))


@pytest.mark.parametrize(("told_s", "learnt_s"), [(7.5, 7.5), (0.2, 0.2), (-0.3, 0.7), (-5, 0), (9999, 3600)])
def test_a_check_of_less_than_a_second_took_some_time_all_the_same(pull, told_s, learnt_s):
    """The forge tells whole seconds, so that it seems to be over before it began."""
    took(pull, pull.entered_at + timedelta(hours=1), told_s)
    assert DurationSample.objects.get(name="lint").took == timedelta(seconds=learnt_s)
