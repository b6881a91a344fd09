"""What every DeployWatcher promises."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer

from closedloop.adapters.health_version import HealthVersionConfig, HealthVersionWatcher
from closedloop.ports.errors import Unavailable
from tests.fakes import FakeDeployWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from closedloop.ports.deployer import DeployWatcher

SHA = "0123456789abcdef0123456789abcdef01234567"
Stage = tuple["DeployWatcher", "Callable[[str], None]", "Callable[[], None]"]


@pytest.fixture(params=["fake", "health"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A watcher, a hand that deploys, and a hand that takes the site down."""
    made = fake_stage() if request.param == "fake" else health_stage()
    with made as hands:
        yield hands


@contextmanager
def fake_stage() -> Iterator[Stage]:
    fake = FakeDeployWatcher("")

    def deploy(sha: str) -> None:
        fake.version = sha

    yield fake, deploy, lambda: fake.script.arm("live_version", Unavailable("nobody listens"))


@contextmanager
def health_stage() -> Iterator[Stage]:
    with HTTPServer() as server:
        real = HealthVersionWatcher(HealthVersionConfig(url=server.url_for("/healthz")))

        def deploy(sha: str) -> None:
            server.clear()
            server.expect_request("/healthz").respond_with_json({"status": "ok", "version": sha})

        yield real, deploy, server.stop
        real.close()


def test_the_live_version_follows_deployments(stage: Stage):
    watcher, deploy, _ = stage
    seen = []
    for sha in (SHA, SHA[:7]):
        deploy(sha)
        seen.append(watcher.live_version().version)
    assert seen == [SHA, SHA[:7]]


def test_a_version_comes_with_its_source(stage: Stage):
    watcher, deploy, _ = stage
    deploy(SHA)
    assert watcher.live_version().url.endswith("/healthz")


def test_a_site_that_is_down_is_unavailable(stage: Stage):
    watcher, deploy, take_down = stage
    deploy(SHA)
    take_down()
    with pytest.raises(Unavailable):
        watcher.live_version()
