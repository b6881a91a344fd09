from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.sandbox_world.driver import Sandbox, running
from tests.contracts.sandbox_world.receiver import SECRET, Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Sandbox]:
    options = ("--no-limits", "--hook-url", receiver.url, "--hook-secret", SECRET)
    with running(tmp_path_factory.mktemp("world"), *options) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def disarmed(world: Sandbox) -> Iterator[None]:
    yield
    world.http.delete("/_sandbox/faults")
