from dataclasses import replace

import pytest
from django.core.cache import cache

from closedloop.wiring import ports, use
from tests.fakes.edges import FakeNotifier
from tests.fakes.probe import FakeProber
from tests.integration.metrics.rows import NOON


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture(autouse=True)
def _static_root(settings, tmp_path):
    # Files are served by finders here; the middleware warns about a folder that only a deployment makes.
    settings.STATIC_ROOT = str(tmp_path)


@pytest.fixture
def notifier():
    return FakeNotifier()


@pytest.fixture
def prober():
    return FakeProber()


@pytest.fixture
def world(notifier, prober):
    """The world at noon, with nobody outside."""
    found = replace(ports(), clock=lambda: NOON, notifier=lambda: notifier, prober=lambda: prober)
    with use(found):
        yield found
