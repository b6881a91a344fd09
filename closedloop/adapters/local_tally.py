"""A tally in the memory of one process, until somebody takes it down."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from closedloop.ports.traffic import Kind


class LocalTally:
    """A Tally. A forked child begins at zero: what its parent has counted, the parent takes down."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Kind] = Counter()

    def count(self, kind: Kind, n: int = 1) -> None:
        """See Tally."""
        with self._lock:
            self._counts[kind] += n

    def take(self) -> dict[Kind, int]:
        """What was counted since the last time, which is forgotten here."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return dict(counts)

    def put_back(self, counts: Mapping[Kind, int]) -> None:
        """Take back what could not be written down."""
        for kind, n in counts.items():
            self.count(kind, n)
