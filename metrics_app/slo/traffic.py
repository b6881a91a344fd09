"""Requests to the forge beside the tasks they were for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.ports.traffic import PARTS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metrics_app.slo.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What went to the forge in a window, whoever sent it and why."""

    window: Window
    #: By kind; one that is missing was never sent.
    requests: Mapping[Kind, int]
    #: Tasks whose change reached the base branch in the window.
    tasks_merged: int

    def sent(self, kind: Kind) -> int:
        """Requests of that kind."""
        return self.requests.get(kind, 0)

    def total(self) -> int:
        """Every request once: a kind that is part of another one is in it already."""
        return sum(count for kind, count in self.requests.items() if kind not in PARTS)

    def per_task(self, count: int) -> float | None:
        """The share of one merged task; None when none was merged."""
        return round(count / self.tasks_merged, 2) if self.tasks_merged else None
