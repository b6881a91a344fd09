"""One running process in a session of its own, so that all it starts can be ended with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from scripts.local.places import ROOT

_LEASH = Path(__file__).with_name("leash.py")


class Process:
    """Started at once; writes to `log` (appending), or to the terminal when `log` is None."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], log: Path | None) -> None:
        leashed = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *argv]
        if log is None:
            self._popen = self._start(leashed, env, None)
            return
        with log.open("ab") as out:
            self._popen = self._start(leashed, env, out)

    @staticmethod
    def _start(
        argv: Sequence[str], env: Mapping[str, str], out: IO[bytes] | None
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            argv,
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out and subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Process id, which is also that of its session and process group."""
        return self._popen.pid

    def ended(self) -> int | None:
        """Return None while it runs, else its exit code, negative for a signal."""
        running = self._popen.returncode is None
        code = self._popen.poll()
        if running and code is not None:
            self._kill_group()  # what it had started must not outlive it
        return code

    def ask_to_end(self) -> None:
        """Let it finish what it is doing."""
        if self.ended() is None:
            self._popen.terminate()

    def kill(self) -> None:
        """End it and all it started, now."""
        if self.ended() is None:
            self._kill_group()
            self._popen.wait()

    def _kill_group(self) -> None:
        # EPERM is how macOS answers for a group that holds nothing but zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def describe_end(code: int) -> str:
    """Say how a process ended: `signal 9`, `exit code 1`."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
