"""The run: submits and kills by the schedule on every side, then waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from bench.faults_schedule import Fault, Size, faults, waves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.faults_killing import Killed
    from bench.faults_report import Result

#: What is not done so long after the last fault is stuck.
PATIENCE_S = 105.0
_TICK_S = 0.02


class Side(Protocol):
    """One of those that are compared."""

    def start(self) -> None:
        """Return when it is ready."""

    def submit(self, count: int) -> None:
        """Submit so many more."""

    def try_kill(self, fault: Fault) -> Killed | None:
        """Kill one process; None when there is none now."""

    def tick(self) -> None:
        """Restart what died."""

    def is_finished(self) -> bool:
        """Whether nothing is left to do."""

    def result(self) -> Result:
        """Count."""

    def stop(self) -> None:
        """Leave nothing behind."""


def run(sides: Sequence[Side], size: Size) -> list[Result]:
    """Do the same to all of them at the same times; the results in their order."""
    try:
        for side in sides:
            side.start()
        _by_schedule(sides, size)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not all(side.is_finished() for side in sides):
            _pass_time(sides)
        return [side.result() for side in sides]
    finally:
        for side in sides:
            side.stop()


def _by_schedule(sides: Sequence[Side], size: Size) -> None:
    submissions: list[tuple[float, int | Fault]] = [*waves(size)]
    acts = sorted([*submissions, *faults(size)], key=lambda act: act[0])
    due: list[tuple[Side, Fault]] = []
    began = time.monotonic()
    for at_s, act in acts:
        while time.monotonic() < began + at_s:
            due = _pass_time(sides, due)
        if isinstance(act, Fault):
            due += [(side, act) for side in sides]
        else:
            for side in sides:
                side.submit(act)
    while due and time.monotonic() < began + size.span_s:
        due = _pass_time(sides, due)


def _pass_time(sides: Sequence[Side], due: Sequence[tuple[Side, Fault]] = ()) -> list[tuple[Side, Fault]]:
    """Kill what is due, as soon as it is there; what is still due after that."""
    for side in sides:
        side.tick()
    left = [(side, fault) for side, fault in due if side.try_kill(fault) is None]
    time.sleep(_TICK_S)
    return left
