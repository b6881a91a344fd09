from dataclasses import replace

import pytest

from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.notifier import Message, PartlyDelivered, Severity
from metrics_app.models import Alert
from metrics_app.services.alerts import follow_conditions
from metrics_app.slo.conditions import Condition
from tests.integration.metrics.rows import NOON, seconds

pytestmark = pytest.mark.django_db

SILENT = Condition(
    key="worker_stale:io@a", severity=Severity.CRITICAL, title="io@a is silent", detail="130 s"
)


def later(world, after_s):
    return replace(world, clock=lambda: NOON + seconds(after_s))


def test_people_are_told_once_while_it_lasts_and_once_when_it_is_over(world, notifier):
    follow_conditions([SILENT], world)
    follow_conditions([replace(SILENT, detail="160 s")], later(world, 30))
    follow_conditions([], later(world, 60))
    follow_conditions([], later(world, 90))
    assert notifier.messages == [
        Message(title="io@a is silent", body="130 s", severity=Severity.CRITICAL),
        Message(
            title="Resolved: io@a is silent",
            body="It lasted 60 s, since 2026-03-01 12:00:00 UTC.",
            severity=Severity.INFO,
        ),
    ]


def test_only_the_call_that_opens_an_alert_reports_it(world):
    assert [alert.key for alert in follow_conditions([SILENT], world)] == [SILENT.key]
    assert follow_conditions([SILENT], later(world, 30)) == []


def test_a_message_that_no_channel_took_is_sent_by_the_next_watch(world, notifier):
    notifier.script.arm("notify", Unavailable("chat is down"))
    follow_conditions([SILENT], world)
    assert notifier.messages == []
    follow_conditions([SILENT], later(world, 30))
    assert [message.title for message in notifier.messages] == [SILENT.title]


def test_a_channel_that_is_away_does_not_let_others_hear_of_it_at_every_watch(world, notifier):
    trouble = PartlyDelivered("not delivered to mail", served=frozenset({"chat"}))
    notifier.script.arm("notify", trouble, after_effect=True, times=3)
    for after_s in (0, 30, 60):
        follow_conditions([SILENT], later(world, after_s))
    assert len(notifier.messages) == 1


def test_an_alert_that_a_channel_may_have_is_not_told_again(world, notifier):
    notifier.script.arm("notify", Unknown("no answer in time"), after_effect=True, times=3)
    for after_s in (0, 30, 60):
        follow_conditions([SILENT], later(world, after_s))
    assert len(notifier.messages) == 1


def test_what_comes_back_is_a_new_alert(world, notifier):
    for after_s, conditions in ((0, [SILENT]), (30, []), (60, [SILENT])):
        follow_conditions(conditions, later(world, after_s))
    assert Alert.objects.filter(key=SILENT.key).count() == 2
    assert [message.title for message in notifier.messages].count(SILENT.title) == 2


def test_an_alert_that_nobody_heard_of_is_closed_in_silence(world, notifier):
    notifier.script.arm("notify", Unavailable("chat is down"))
    follow_conditions([SILENT], world)
    follow_conditions([], later(world, 30))
    assert notifier.messages == []
