"""Many workers, a sweep and operators at the same moment, on databases as they are in production."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.celery import app
from closedloop.wiring import use
from rollback_app.services.operator import roll_back
from tasks_app.models import Effect, Lane, Task
from tasks_app.pipeline.states import SETTLED
from tasks_app.services.errors import ServiceError
from tasks_app.services.operator import cancel_task, retry_task
from tests.fakes.town import Town
from tests.integration.api.conftest import postgresql_url, real_database  # noqa: F401 - fixtures
from tests.integration.loop.crowd import Crowd
from tests.simulation import history
from tests.simulation.rows import broken
from tests.simulation.scene import DOCUMENT, THINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTS = 150
ENOUGH = timedelta(seconds=60)


def wrong(crowd):
    ids = Task.objects.values_list("pk", flat=True)
    return [*broken(crowd), *history.wrong(crowd.town, ids)]


@pytest.fixture
def crowd(settings, real_database) -> Iterator[Crowd]:  # noqa: F811 - the fixture
    settings.GITHUB_REPO = "acme/handbook"
    settings.SITE_URL, settings.HEALTH_URL = "https://site.test/", "https://site.test/healthz"
    app.loader.import_default_modules()
    found = Crowd(Town())
    found.world.push("main", {"docs/more.md": DOCUMENT})
    with use(found.ports, everywhere=True):
        yield found


def ask_all(crowd):
    return [crowd.town.ask(f"How many rows per page does the {thing} window show?") for thing in THINGS]


def has_ended():
    ended = {*SETTLED, "needs_operator"}
    return not Task.objects.exclude(state__in=ended).exists()


def test_every_task_is_done_once_by_workers_that_all_do_the_same(crowd):
    with crowd.at_work():
        ids = ask_all(crowd)
        assert crowd.until(has_ended, ENOUGH), crowd.failures
    assert {Task.objects.get(pk=task_id).state for task_id in ids} == {"done"}
    assert (wrong(crowd), crowd.failures, Lane.objects.get().pull) == ([], [], None)
    assert set(Effect.objects.values_list("status", flat=True)) == {"done"}


def test_operators_in_the_middle_of_it_leave_nothing_half_done(crowd):
    dice = random.Random(1)
    acts: list[Any] = [cancel_task, retry_task, lambda task_id, **known: roll_back([task_id], **known)]
    with crowd.at_work():
        ids = ask_all(crowd)
        for _ in range(ACTS):
            with suppress(ServiceError):
                dice.choice(acts)(dice.choice(ids), actor="olga", reason="now", ports=crowd.ports)
        assert crowd.until(has_ended, ENOUGH), (
            crowd.failures,
            list(Task.objects.values_list("state", "code")),
        )
    assert (wrong(crowd), crowd.failures) == ([], [])
