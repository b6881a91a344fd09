"""Webhooks that come together: on SQLite their writers stand in the line of those who submit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test import Client

from tasks_app.models import InboxDelivery, Task
from tests.integration.api.asking import ask
from tests.integration.api.test_webhook import tell

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.GITHUB_WEBHOOK_SECRET = "new secret"


def deliver(number: int) -> int:
    answer = tell(Client(), "status", {"sha": f"{number:040x}", "state": "success"})
    return int(answer.status_code)


def deliver_or_ask(number: int) -> int:
    return deliver(number) if number % 2 else ask(Client(), f"Question {number}?").status_code


def statuses(act: Callable[[int], int], times: int) -> set[int]:
    def one(number: int) -> int:
        try:
            return act(number)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(30) as pool:
        return set(pool.map(one, range(times)))


def test_many_deliveries_at_once_are_all_taken(locked_sqlite):
    assert statuses(deliver, 300) == {202}
    assert InboxDelivery.objects.count() == 300


def test_deliveries_and_questions_at_once_keep_nobody_out(locked_sqlite):
    assert statuses(deliver_or_ask, 300) == {202}
    assert (InboxDelivery.objects.count(), Task.objects.count()) == (150, 150)


def test_deliveries_to_a_locked_database_are_refused_and_nothing_is_stored(locked_sqlite):
    lock, unlock = locked_sqlite.troubles["locked"]
    lock()
    try:
        assert [deliver(number) for number in range(3)] == [503] * 3
    finally:
        unlock()
    assert not InboxDelivery.objects.exists()
