"""How much memory process trees hold, each shared page counted by its part."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
#: The kernel's mark of a process that runs its parent's program (PF_FORKNOEXEC).
_NO_PROGRAM_YET = 0x40
#: Who runs its parent's program for longer means to: a child of a pool.
_STARTING_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One look."""

    #: tasks that were begun and not over
    in_flight: int
    #: proportional set size by process, in MB
    processes_mb: dict[str, float]

    @property
    def total_mb(self) -> float:
        """All processes together."""
        return round(sum(self.processes_mb.values()), 1)


def look(roots: Mapping[str, int], in_flight: int) -> Held:
    """Weigh the trees of these processes, given by name and id."""
    found = {}
    for name, pid in roots.items():
        root = psutil.Process(pid)
        for number, process in enumerate([root, *root.children(recursive=True)]):
            with suppress(ProcessLookupError, FileNotFoundError):  # it ended while we looked
                _let_start(process.pid)
                found[f"{name}/{number}" if number else name] = round(_pss_mb(process.pid), 1)
    return Held(in_flight=in_flight, processes_mb=found)


def largest(looks: Sequence[Held]) -> Held:
    """The look with most memory among those with most tasks in hand."""
    return max(looks, key=lambda held: (held.in_flight, held.total_mb))


def _let_start(pid: int) -> None:
    """Wait until it runs its own program: until then (`vfork`) it seems to hold what its parent holds."""
    while _is_starting(pid):
        time.sleep(0.001)


def _is_starting(pid: int) -> bool:
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    fields = after_name.split()
    flags, began_s = int(fields[6]), int(fields[19]) / os.sysconf("SC_CLK_TCK")
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    return bool(flags & _NO_PROGRAM_YET) and age_s < _STARTING_S


def _pss_mb(pid: int) -> float:
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit(f"/proc/{pid}/smaps_rollup tells no Pss: Linux 4.14 or newer is needed")
    return int(found[1]) / 1024
