"""What people are told: at most once, and not lost with the worker or the channel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from closedloop.ports.errors import Forbidden, Unavailable, Unknown
from closedloop.ports.forge import CheckOutcome
from closedloop.ports.notifier import PartlyDelivered
from closedloop.wiring import use
from tasks_app.models import Notification, Task
from tests.fakes.town import Unforeseen
from tests.fakes.watched import watched


@pytest.fixture
def left(town):
    """A question whose pull request fails CI and is left to people."""
    town.world.ci = CheckOutcome.FAILURE
    return town.ask()


def comments(town):
    return [body for bodies in town.world.comments.values() for body in bodies]


def test_a_pull_request_left_to_people_says_why(town, left):
    town.settle()
    (body,) = comments(town)
    assert ("`ci_failed`" in body, f"trace-id: {left}" in body) == (True, True)


def test_nobody_is_told_what_they_did_themselves(town):
    town.world.ci = None
    town.ask()
    town.settle(within=timedelta(seconds=5))
    next(iter(town.world.pulls.values())).state = "closed"
    town.settle()
    assert (Task.objects.get().code, comments(town)) == ("pull_closed", [])


@pytest.mark.parametrize("after", [True, False])
def test_a_comment_whose_answer_is_lost_is_written_once(town, left, after):
    town.forge.script.arm("add_comment", Unknown("lost"), after_effect=after)
    town.settle()
    assert (len(comments(town)), Notification.objects.get().state) == (1, "delivered")


def test_a_worker_that_dies_after_commenting_comments_once(town, left):
    town.forge.script.arm("add_comment", Unforeseen(), after_effect=True)
    town.survive(timedelta(hours=1))
    assert (len(comments(town)), Notification.objects.get().state) == (1, "delivered")


def test_a_comment_that_is_forbidden_is_given_up_by_name(town, left):
    town.forge.script.arm("add_comment", Forbidden("the conversation is locked"), times=9)
    town.settle()
    row = Notification.objects.get()
    assert (row.state, row.note) == ("given_up", "forge_forbidden: the conversation is locked")


@pytest.fixture
def unhealthy(town):
    """A release that fails, which people are told, and is taken back, which they are told too."""
    town.prober.fail()
    task_id = town.ask()
    town.settle(within=timedelta(seconds=1))
    return task_id


def test_a_channel_that_is_away_delays_a_message(town, unhealthy):
    town.notifier.script.arm("notify", Unavailable("no route"), times=3)
    town.settle()
    written = set(Notification.objects.filter(kind="message").values_list("title", "state"))
    assert written == {(message.title, "delivered") for message in town.notifier.messages}


def test_a_channel_that_is_away_does_not_let_others_hear_everything_again(town, unhealthy):
    told: list[tuple[str, frozenset[str]]] = []

    def notify(message, *, served=frozenset()):
        told.append((message.title, served))
        if len(told) < 4:
            raise PartlyDelivered("not delivered to mail", served=frozenset({"chat"}))

    town.notifier.notify = notify
    town.settle()
    first = [served for title, served in told if title == told[0][0]]
    assert first == [frozenset(), *[frozenset({"chat"})] * (len(first) - 1)]
    assert (len(first) > 1, set(Notification.objects.values_list("state", flat=True))) == (
        True,
        {"delivered"},
    )


def test_a_message_whose_sender_died_is_not_sent_again(town, unhealthy):
    town.notifier.script.arm("notify", Unforeseen(), after_effect=True)
    town.survive(timedelta(hours=2))
    assert len(town.notifier.messages) == Notification.objects.filter(kind="message").count()


def test_a_message_whose_answer_is_lost_is_not_sent_again(town, unhealthy):
    town.notifier.script.arm("notify", Unknown("no answer in time"), after_effect=True, times=10)
    town.settle()
    rows = Notification.objects.filter(kind="message")
    assert len(town.notifier.messages) == rows.count()
    assert set(rows.values_list("state", flat=True)) == {"delivered"}


def test_news_that_nobody_took_for_a_day_is_given_up(town, unhealthy):
    town.notifier.script.arm("notify", Unavailable("no route"), times=10_000)
    town.settle(within=timedelta(days=2))
    states = set(Notification.objects.filter(kind="message").values_list("state", flat=True))
    assert (states, town.notifier.messages) == ({"given_up"}, [])


def test_a_worker_that_slept_after_its_look_up_leaves_the_act_to_who_was_quicker(town, left):
    town.forge.script.arm("add_comment", Unavailable("502"))
    others = iter([town.ports])

    def sleep(point):
        if point == "discussion.find_comment:after" and next(others, None):
            town.now += settings.LEASE + timedelta(minutes=1)
            town.sweep()
            town.work_off()

    with use(watched(town.ports, sleep), everywhere=True):
        town.settle()
    assert (len(comments(town)), next(others, None)) == (1, None)
