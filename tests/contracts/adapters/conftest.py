from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.adapters.forge_stages import FakeStage, ForgeStage, GithubStage
from tests.contracts.adapters.sandbox_process import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(params=["fake", "github"])
def stage(request: pytest.FixtureRequest) -> Iterator[ForgeStage]:
    made: ForgeStage
    made = FakeStage() if request.param == "fake" else GithubStage(request.getfixturevalue("sandbox"))
    yield made
    made.close()
