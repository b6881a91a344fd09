"""What fails in a way nobody foresaw fails alone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from tasks_app.models import OutboxJob, Task
from tasks_app.services.bulkhead import run_each
from tasks_app.services.sweep import sweep
from tests.fakes.town import Unforeseen


def fail(why):
    raise ValueError(why)


def test_all_acts_run_and_their_failures_come_together():
    rest = iter([1, 2])
    with pytest.raises(ExceptionGroup) as caught:
        run_each([partial(fail, "a"), lambda: next(rest), partial(fail, "b"), lambda: next(rest)])
    assert ([str(error) for error in caught.value.exceptions], list(rest)) == (["a", "b"], [])


def test_what_the_acts_did_is_counted():
    assert run_each([lambda: 1, lambda: 2]) == 3


def test_a_sweep_that_cannot_send_gives_up_on_what_is_late_all_the_same(town):
    late, due = town.ask("What is late?"), town.ask("What is due?")
    Task.objects.filter(pk=late).update(deadline_at=town.now)
    Task.objects.filter(pk=due).update(next_look_at=town.now, hinted_at=None)
    OutboxJob.objects.create(job="rollback.take_release", args=[str(due)], created_at=town.now)
    town.now += timedelta(seconds=10)
    town.courier.dies_next = True
    with pytest.raises(ExceptionGroup) as caught:
        sweep(town.ports)
    assert [type(error) for error in caught.value.exceptions] == [Unforeseen]
    assert (Task.objects.get(pk=late).code, OutboxJob.objects.get().sent_at) == ("queue_timeout", town.now)
