"""How much may still be written on the forge, as the detailed health tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from closedloop.wiring import ports
from metrics_app.services.health import check_writes
from tasks_app.models import WriteBudget
from tasks_app.pipeline.budget import Share
from tasks_app.services.budget import Cost, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(settings):
    settings.WRITES_PER_MINUTE, settings.WRITES_PER_HOUR = 80, 500
    return timezone.now()


def spend(now, writes):
    with paid(Cost(writes=writes, share=Share.EVERYDAY, act="x"), replace(ports(), clock=lambda: now)):
        pass


def said(now):
    found = check_writes(now)
    return str(found.status), found.detail


def test_looking_writes_nothing(now):
    assert said(now) == ("ok", "60 left in 60 s, 440 left in 60 min")
    assert not WriteBudget.objects.exists()


def test_used_up_is_a_warning(now):
    spend(now, 60)
    assert said(now) == ("warn", "0 left in 60 s, 380 left in 60 min")


def test_a_block_is_a_warning_with_its_end(now):
    spend(now, 1)
    WriteBudget.objects.update(blocked_until=now.replace(hour=23, minute=59, second=59) + timedelta(days=1))
    assert said(now) == ("warn", "the forge blocks until 23:59:59")


def test_no_limit_is_said_so(now, settings):
    settings.WRITES_PER_MINUTE = settings.WRITES_PER_HOUR = 0
    assert said(now) == ("ok", "no limit")
