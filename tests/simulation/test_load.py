"""Half a simulated hour of 2000 questions an hour: merged soon enough, and inside the forge's limits."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test.utils import override_settings

from bench.lanes_plan import quantiles
from closedloop.celery import app
from closedloop.wiring import use
from tests.fakes.memory import forget_everything
from tests.simulation.load import SETTINGS, BusyTown, Load, most_within, outcome_of
from tests.simulation.rows import stuck

HALF_AN_HOUR = timedelta(minutes=30)
#: What everyday work may use of the 500 writes of an hour, and of the 80 of a minute.
PER_HOUR, PER_MINUTE = 440, 60


@pytest.fixture
def found(transactional_db):
    """What came of it."""
    app.loader.import_default_modules()
    forget_everything()
    # So many lines, kept by pytest, would cost as much as the run.
    logging.disable(logging.CRITICAL)
    with override_settings(**SETTINGS):
        town = BusyTown(Load(seed=1, lasts=HALF_AN_HOUR))
        with use(town.ports, everywhere=True):
            yield outcome_of(town, town.work())
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(600)
def test_half_an_hour_of_2000_questions_an_hour(found):
    assert found.asked > 900
    assert len(found.tte_s) == found.asked
    assert quantiles(found.tte_s)["p95"] <= 60
    assert found.writes * 2 <= PER_HOUR
    assert (found.most_per_minute <= PER_MINUTE, found.waits_for_the_hour) == (True, 0)
    assert list(stuck()) == []


def test_the_most_in_any_window_is_found():
    noon = BusyTown(Load(seed=1, lasts=HALF_AN_HOUR)).now
    minute = timedelta(minutes=1)
    charges = [(noon, 3), (noon + 0.9 * minute, 2), (noon + minute, 1), (noon + 3 * minute, 4)]
    assert most_within(charges, minute) == 5
