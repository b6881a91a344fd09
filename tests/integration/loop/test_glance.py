"""The sweep's first look, on every column and kind it is asked about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rollback_app.models import Release, Rollback
from rollback_app.services.sweep import sweep as sweep_releases
from tasks_app.models import Notification, PullRequest, Task
from tasks_app.services.glance import kinds_due
from tasks_app.services.sweep import sweep

KINDS = (Task, PullRequest, Notification, Release, Rollback)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("column", ["next_look_at", "deadline_at"])
def test_a_kind_is_named_from_the_moment_on_that_one_of_its_rows_comes_due(town, column):
    town.ask("How do I rotate a key?")
    Task.objects.update(**{column: town.now + SECOND})
    assert kinds_due(column, KINDS, now=town.now) == set()
    assert kinds_due(column, KINDS, now=town.now + SECOND) == {Task}


@pytest.mark.parametrize("sweep_once", [sweep, sweep_releases])
def test_a_sweep_that_finds_nothing_asks_little(town, sweep_once):
    sweep_once(town.ports)
    town.now += SECOND
    with CaptureQueriesContext(connection) as asked:
        sweep_once(town.ports)
    assert len(asked) == 5, [query["sql"] for query in asked]
