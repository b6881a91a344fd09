from dataclasses import replace
from datetime import timedelta

import pytest

from metrics_app.models import Alert, QueueCanary
from metrics_app.services.queue_canaries import EVERY, QueueCanaries, note_return, send_if_due
from metrics_app.services.watching import watch
from tests.integration.metrics.rows import NOON, seconds

pytestmark = pytest.mark.django_db


class Birds:
    def __init__(self):
        self.is_away = False
        self.sent = []

    def send_to_worker(self, worker_id, *, life_s):
        raise NotImplementedError

    def send_to_queue(self, queue, *, sent_at, life_s):
        assert life_s > EVERY.total_seconds()
        if not self.is_away:
            self.sent.append((queue, sent_at))
        return not self.is_away


@pytest.fixture
def birds():
    return Birds()


def at(world, after_s):
    return replace(world, clock=lambda: NOON + seconds(after_s), worker="io@a")


def row(queue="main"):
    return QueueCanary.objects.get(queue=queue)


def test_many_hearts_send_one_canary_per_queue_at_a_time(birds):
    for heart in (QueueCanaries(birds), QueueCanaries(birds)):
        for after_s in (0, 2, 4):
            heart.look(NOON + seconds(after_s))
    assert birds.sent == [("orchestrator", NOON), ("main", NOON)]


def test_the_way_through_the_queue_is_timed(birds, world):
    send_if_due("main", birds, NOON)
    assert row().waiting_since == NOON
    note_return("main", NOON, at(world, 0.25))
    found = row()
    assert (found.waiting_since, found.latency_ms, found.worker) == (None, 250, "io@a")


def test_the_first_one_missed_is_remembered_until_one_comes_back(birds, world):
    for number in range(3):
        send_if_due("main", birds, NOON + number * EVERY)
    assert (row().sent_at, row().waiting_since) == (NOON + 2 * EVERY, NOON)
    note_return("main", NOON + EVERY, at(world, 41))
    assert row().waiting_since is None


def test_a_canary_that_could_not_leave_is_not_missed(birds):
    send_if_due("main", birds, NOON)
    birds.is_away = True
    send_if_due("main", birds, NOON + EVERY)
    assert row().waiting_since is None


def test_a_clock_that_is_behind_makes_no_negative_time(birds, world):
    send_if_due("main", birds, NOON)
    note_return("main", NOON, at(world, -3))
    assert row().latency_ms == 0


@pytest.mark.parametrize(("after_s", "told"), [(119, []), (121, ["queue_stalled:main"])])
def test_a_stalled_queue_is_told_after_the_grace(birds, world, settings, after_s, told):
    settings.CANARY_GRACE = timedelta(seconds=120)
    send_if_due("main", birds, NOON)
    watch(at(world, after_s))
    assert list(Alert.objects.filter(resolved_at=None).values_list("key", flat=True)) == told


def test_the_alert_ends_when_a_canary_comes_back(birds, world):
    send_if_due("main", birds, NOON)
    watch(at(world, 121))
    note_return("main", NOON, at(world, 125))
    watch(at(world, 130))
    assert Alert.objects.get(key="queue_stalled:main").resolved_at == NOON + seconds(130)
