"""Processes whose parent died: on Linux they come to us instead of to init, and are ended.

A process group catches what a dead child had started, except what opened a session of its own.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

#: from <linux/prctl.h>
_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """Become the parent of every descendant that loses its own. Without effect elsewhere than on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_adopted(ours: Collection[int]) -> None:
    """Kill and reap every child process of this one that is not among `ours` (process ids)."""
    for pid in _children():
        if pid not in ours:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> Iterator[int]:
    """List our children by the kernel's own account, thread by thread."""
    for listing in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            yield from (int(word) for word in listing.read_text(encoding="ascii").split())
