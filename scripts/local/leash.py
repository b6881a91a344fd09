"""Ties a process to the one that started it: `python -I -S leash.py STARTER PROGRAM ARGUMENT…`.

On Linux the kernel kills a tied process when its starter ends, also by `kill -9`. The wish has to be spoken
by the process itself, and survives the change of program that follows. Elsewhere this only changes program.
"""

import ctypes
import os
import signal
import sys

#: from <linux/prctl.h>
_PR_SET_PDEATHSIG = 1


def main(starter: int, program: list[str]) -> None:
    """Ask to die with `starter` (a process id), then become `program`."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != starter:  # it ended before the wish was spoken
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
