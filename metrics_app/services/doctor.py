"""Tests every dependency for real and names the mend of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics_app.services import doctor_outside, doctor_stores
from metrics_app.services.diagnosis import Diagnosis, examine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from closedloop.wiring import Ports


def diagnose(ports: Ports) -> Iterator[Diagnosis]:
    """Examine one after the other; each line is given as soon as it is known."""
    for examination in [*doctor_stores.examinations(ports), *doctor_outside.examinations(ports)]:
        yield from examine(examination)
