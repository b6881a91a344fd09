from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.world import World, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One stack per module, with the module's own `SETTINGS` where it has some."""
    settings = getattr(request.module, "SETTINGS", {})
    with running(tmp_path_factory.mktemp("stack"), **settings) as started:
        yield started


@pytest.fixture
def faults(world: World) -> Iterator[World]:
    """The world with nothing armed before and after."""
    world.disarm()
    yield world
    world.disarm()


@pytest.fixture(scope="module")
def token(world: World) -> str:
    """The admin's API token: making it takes seconds, so tests with a clock running ask for it first."""
    return world.new_token()
