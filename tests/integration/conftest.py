from __future__ import annotations

import pytest

from tests.fakes.memory import forget_everything


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget_everything()
