"""What a worker costs: processor and memory of its whole process tree."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One reading."""

    #: Since the reading before, 100 is one core; 0 in the first.
    cpu_percent: float
    #: Proportional share of the resident memory, so that pages shared by forked children count once;
    #: plain resident memory where the system does not tell.
    memory_mb: float


class ProcessTree:
    """The calling process and all below it."""

    def __init__(self) -> None:
        self._root = psutil.Process()
        self._cpu_s = 0.0
        self._read_at = 0.0

    def read(self) -> Usage:
        """Measure now; costs about a millisecond per process."""
        cpu_s, memory = 0.0, 0
        for process in [self._root, *self._root.children(recursive=True)]:
            try:
                times = process.cpu_times()
                memory += _memory(process)
            except psutil.Error:
                continue  # it ended while we looked, or is not ours to look at
            cpu_s += times.user + times.system
        return Usage(cpu_percent=self._cpu_percent(cpu_s), memory_mb=round(memory / _MIB, 1))

    def _cpu_percent(self, cpu_s: float) -> float:
        now = time.monotonic()
        spent, passed = cpu_s - self._cpu_s, now - self._read_at
        is_first = not self._read_at
        self._cpu_s, self._read_at = cpu_s, now
        # A child that ended takes its seconds with it: less than before means nothing, not below zero.
        return 0.0 if is_first or passed <= 0 else round(max(spent, 0.0) / passed * 100, 1)


def _memory(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return int(getattr(full, "pss", 0) or full.rss)
