"""A program of this machine and whatever it starts, which end together."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a program ended."""

    #: None: it was stopped because its time was over.
    code: int | None
    #: What went to the pipes it was given; empty where it was given none.
    out: bytes
    said: bytes


def run_to_end(process: subprocess.Popen[bytes], seconds: float, *, stdin: bytes = b"") -> End:
    """Wait for a program that leads a process group of its own; after so many seconds the group is killed."""
    code: int | None
    try:
        out, said = process.communicate(stdin, timeout=seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        end_group(process)
        out, said = process.communicate()
        code = None
    except BaseException:
        # A worker that is told to stop takes its programs along.
        end_group(process)
        raise
    return End(code=code, out=out or b"", said=said or b"")


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the program's group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
