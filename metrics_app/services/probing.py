"""Scheduled looks at everything the loop depends on, kept as readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics_app.models import HealthReading
from metrics_app.services.health import Wellness, check_all, check_forge

if TYPE_CHECKING:
    from closedloop.wiring import Ports

_DETAIL_LENGTH = HealthReading._meta.get_field("detail").max_length  # noqa: SLF001 - a documented API


def probe_health(ports: Ports) -> None:
    """Look once and write down what was seen; a warning is a good reading."""
    now = ports.clock()
    HealthReading.objects.bulk_create(
        HealthReading(
            name=check.name,
            is_ok=check.status is not Wellness.FAIL,
            detail=check.detail[:_DETAIL_LENGTH],
            elapsed_ms=round(check.ms),
            at=now,
        )
        for check in [*check_all(ports), check_forge(ports)]
    )
