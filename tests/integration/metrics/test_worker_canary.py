"""What the heart makes of its worker's canaries, with a pool that is a board."""

from datetime import timedelta
from threading import Thread

import pytest

from metrics_app.services.activity import ActivityBoard, RunningJob
from metrics_app.services.worker_canary import WorkerCanary
from metrics_app.slo.conditions import STUCK_AFTER
from tests.integration.metrics.rows import NOON


class Cage:
    """A sender of canaries that come out, or do not, as the test wants."""

    def __init__(self, board):
        self.board = board
        self.is_away = False
        self.is_deaf = False
        self.sent = []

    def send_to_worker(self, worker_id, *, life_s):
        if self.is_away:
            return False
        self.sent.append((worker_id, life_s))
        if not self.is_deaf:
            self.board.begin(RunningJob(name="canary", row_id="", started_at=1.0))
            self.board.end()
        return True

    def send_to_queue(self, queue, *, sent_at, life_s):
        raise NotImplementedError


@pytest.fixture
def board():
    return ActivityBoard()


@pytest.fixture
def cage(board):
    return Cage(board)


@pytest.fixture
def left():
    return []


@pytest.fixture
def canary(board, cage, left, settings):
    settings.CANARY_GRACE = timedelta(0)
    return WorkerCanary("io@a", board, lambda: 2, cage, lambda *why: left.append(why))


def looks(canary, number=4):
    for _ in range(number):
        canary.look(NOON)


def test_a_worker_that_takes_its_canaries_stays(canary, cage, left):
    looks(canary)
    assert (canary.heard_at, left) == (NOON, [])
    assert cage.sent[0] == ("io@a", 0.0)


def test_a_worker_that_takes_none_leaves(canary, cage, left, board):
    cage.is_deaf = True
    looks(canary)
    worker_id, silent_s, seen = left[0]
    assert (worker_id, seen is board, silent_s > 0) == ("io@a", True, True)


def test_while_the_broker_is_away_nobody_leaves(canary, cage, left):
    cage.is_deaf = cage.is_away = True
    looks(canary)
    assert left == []


@pytest.mark.parametrize(("job_age", "leaves"), [(timedelta(0), False), (STUCK_AFTER, True)])
def test_a_full_pool_is_an_excuse_as_long_as_its_jobs_may_run(canary, cage, left, job_age, leaves):
    looks(canary, 1)
    cage.is_deaf = True
    job = RunningJob(name="j", row_id="", started_at=(NOON - job_age).timestamp())
    for _ in range(2):
        place = Thread(target=cage.board.begin, args=(job,))
        place.start()
        place.join()
    looks(canary)
    assert bool(left) is leaves
