"""A stage that runs at the lowest priority while others run, and is shown when they are done."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from scripts.local.places import ROOT

_LOWEST = 19


class Beside:
    """Begins on entering, ends with the block at the latest, together with whatever it started."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._argv, self._env = argv, env
        self._output = TemporaryFile()  # noqa: SIM115 - closed on leaving

    def __enter__(self) -> Self:
        """Start the program."""
        self._process = subprocess.Popen(
            self._argv,
            env=self._env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _step_back(self._process.pid)
        return self

    def finish(self) -> int:
        """Wait for its end, print what it said, and return its exit code."""
        code = self._process.wait()
        self._output.seek(0)
        print(self._output.read().decode("utf-8", "replace"), end="", flush=True)
        return code

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill it if it is still running."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()


def _step_back(pid: int) -> None:
    """Give the process the lowest priority, before it has started any other."""
    os.setpriority(os.PRIO_PROCESS, pid, _LOWEST)
    if sys.platform == "linux":
        # The kernel may weigh sessions against each other, not processes: see sched(7), "autogroup".
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(_LOWEST), encoding="ascii")
