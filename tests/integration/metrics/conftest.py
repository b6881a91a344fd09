from dataclasses import replace

import pytest
from django.core.cache import cache
from redis import Redis

from closedloop.wiring import ports, use
from tests.fakes.edges import FakeNotifier
from tests.fakes.probe import FakeProber
from tests.integration.metrics.processes import database, running
from tests.integration.metrics.redis_server import running_redis
from tests.integration.metrics.rows import NOON

#: Fixtures that live beside the processes they start.
__all__ = ["database", "running"]


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


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis(redis_url, settings):
    """An empty Redis that the product uses."""
    settings.REDIS_URL = redis_url
    client = Redis.from_url(redis_url, decode_responses=True)
    client.flushall()
    yield client
    client.close()
