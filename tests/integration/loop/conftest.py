from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from closedloop.celery import app
from closedloop.wiring import use
from tests.fakes.town import Town
from tests.simulation.rows import stuck

if TYPE_CHECKING:
    from collections.abc import Iterator


def nothing_is_stuck() -> None:
    found = list(stuck())
    assert not found, found


@pytest.fixture
def town(transactional_db, settings) -> Iterator[Town]:
    settings.GITHUB_REPO = "acme/handbook"
    settings.SITE_URL = "https://site.test/"
    settings.FAQ_PAGE_URL = "https://site.test/docs/FAQ.html"
    settings.HEALTH_URL = "https://site.test/healthz"
    app.loader.import_default_modules()
    town = Town()
    town.watch = nothing_is_stuck
    with use(town.ports, everywhere=True):
        yield town
