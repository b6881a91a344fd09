"""What operators see of the budget of writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks_app.models import WriteBudget
from tasks_app.pipeline.budget import Share
from tasks_app.services.budget import Cost, paid

LIST, PAGE = "/admin/tasks_app/writebudget/", "/admin/tasks_app/writebudget/forge/change/"


@pytest.fixture
def budget(town, settings):
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500
    with paid(Cost(writes=12, share=Share.EVERYDAY, act="branch <orchestrator>"), town.ports):
        pass
    return WriteBudget.objects.get()


def test_it_shows_what_is_left_and_what_it_went_into(olga, budget):
    assert "48 and 68 in 60 s, 428 and 488 in 60 min" in olga.open(LIST)
    page = olga.open(PAGE)
    assert ["branch &lt;orchestrator&gt;" in page, ">open<" in page] == [True, True]


def test_it_says_when_everyday_work_has_to_wait(town, olga, budget):
    with paid(Cost(writes=48, share=Share.ROLLBACK, act="many"), town.ports):
        pass
    assert ">used up<" in olga.open(PAGE)


def test_it_says_when_the_forge_blocks(town, olga, budget):
    until = town.now + timedelta(minutes=1)
    WriteBudget.objects.update(blocked_until=until, block_reason="a secondary rate limit")
    page = olga.open(PAGE)
    assert [">blocked<" in page, "a secondary rate limit" in page] == [True, True]


def test_without_limits_it_says_so(olga, budget, settings):
    settings.WRITES_PER_MINUTE = settings.WRITES_PER_HOUR = 0
    assert "no limit" in olga.open(LIST)
