"""`celery -A tests.faults.forgetful worker`: the product's workers, whose hints are all lost on the way.

What the sweep sends arrives, one job at a time: it is the net. So does the chord of probes, which is no
hint but the work itself.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celery import current_task
from celery.signals import worker_init

from closedloop import wiring
from closedloop.celery import app
from closedloop.ports.courier import FanOut, Hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.courier import Courier

__all__ = ["app"]

_SWEEPS = {"tasks.sweep", "rollback.sweep"}
_for_ever = ExitStack()


@dataclass(frozen=True, slots=True)
class ForgetfulCourier:
    """Says that it sent everything."""

    usual: Courier

    def send(self, hints: Sequence[Hint | FanOut]) -> bool:
        """Lose every hint that no sweep sends."""
        is_sweep = bool(current_task) and current_task.name in _SWEEPS
        kept = [_first_job(hint) for hint in hints if is_sweep or isinstance(hint, FanOut)]
        return not kept or self.usual.send(kept)


def _first_job(hint: Hint | FanOut) -> Hint | FanOut:
    return hint if isinstance(hint, FanOut) else replace(hint, jobs=hint.jobs[:1])


@worker_init.connect
def begin(**_: object) -> None:
    """Put the forgetful courier in place, for this process and for those it forks."""
    world = wiring.ports()
    lossy = replace(world, courier=ForgetfulCourier(world.courier))
    _for_ever.enter_context(wiring.use(lossy, everywhere=True))
