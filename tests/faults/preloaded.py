"""`python -m tests.faults.preloaded MODULE ARGUMENT…`: a process that is there again soon after it died.

Everything is imported once; the module runs in a fork. When a signal ends the fork, the next one is made at
once. So a worker may be killed a hundred times in a few minutes: a start from nothing takes seconds of CPU.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import runpy
import signal
import sys

import django

#: from <linux/prctl.h>
_PR_SET_PDEATHSIG = 1
_LATE = (
    "github",
    "openai",
    "apprise",
    "closedloop.urls",
    "celery.bin.celery",
    "celery.apps.worker",
    "uvicorn",
)


def main(module: str, arguments: list[str]) -> int:
    """Run the module again and again until it ends by itself, or this process is asked to end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedloop.settings")
    django.setup()
    for name in _LATE:
        importlib.import_module(name)
    while True:
        pid = os.fork()
        if pid == 0:
            _become(module, arguments)
        signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))  # noqa: B023 - the present one
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)


def _become(module: str, arguments: list[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
