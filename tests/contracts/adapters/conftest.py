from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.adapters.forge_stages import FakeStage, ForgeStage, GithubStage
from tests.contracts.adapters.sandbox_process import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def old_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One without GraphQL."""
    with running_sandbox(tmp_path_factory.mktemp("old_sandbox")) as running:
        running.arm("status", "POST /api/graphql", status=404, times=None)
        yield running


@pytest.fixture(params=["fake", "github"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ForgeStage]:
    yield from _stage(request, request.param, tmp_path)


@pytest.fixture(params=["fake", "github", "no_graphql"])
def read_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ForgeStage]:
    """For what PullReader and ContentReader promise: GitHub's GraphQL may be closed to us."""
    yield from _stage(request, request.param, tmp_path)


@pytest.fixture(params=["fake", "rest", "github"])
def transport_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ForgeStage]:
    """For what GitTransport promises: both ways to GitHub."""
    yield from _stage(request, request.param, tmp_path)


def _stage(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[ForgeStage]:
    made: ForgeStage = FakeStage()
    if kind != "fake":
        cache = None if kind == "rest" else tmp_path / "cache"
        sandbox = request.getfixturevalue("old_sandbox" if kind == "no_graphql" else "sandbox")
        made = GithubStage(sandbox, cache)
    yield made
    made.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def git_stage(sandbox: Sandbox, cache: Path) -> Iterator[GithubStage]:
    made = GithubStage(sandbox, cache)
    yield made
    made.close()
