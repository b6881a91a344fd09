"""Which steps of a failed run are needed for it to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation import drive
from tests.simulation.character import draw

if TYPE_CHECKING:
    from tests.simulation.outcome import Outcome


def steps_needed(failed: Outcome) -> list[int]:
    """Leave out one step after the other as long as something is still wrong.

    Each step has dice of its own, so what is left out changes nothing of how the others fall.
    """
    kept = set(range(draw(failed.seed).steps))
    for number in sorted(kept, reverse=True):
        without = frozenset(kept - {number})
        if drive.run(failed.seed, only=without).findings:
            kept -= {number}
    return sorted(kept)
