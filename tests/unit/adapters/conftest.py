from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.adapters.rigs import Rig, rig_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer


@pytest.fixture
def rig(httpserver: HTTPServer) -> Iterator[Rig]:
    with rig_on(httpserver.url_for("/api/v3")) as made:
        yield made
