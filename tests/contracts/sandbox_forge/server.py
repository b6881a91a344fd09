"""The sandbox as a real process."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "administrator-token"
_DEADLINE_S = 10.0

Found = TypeVar("Found")


class Server:
    """One `python -m sandbox` on a free port."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        command = (
            sys.executable,
            "-m",
            "sandbox",
            "--port",
            "0",
            "--data-dir",
            str(data_dir),
            "--token",
            TOKEN,
        )
        self.process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self) -> float:
        """Ask the process to end; seconds until it has."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(_DEADLINE_S)
        self._close()
        return time.monotonic() - started

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(_DEADLINE_S)
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def running(data_dir: Path, *options: str) -> Iterator[Server]:
    server = Server(data_dir, *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def eventually(look: Callable[[], Found | None]) -> Found:
    """Poll until `look` gives something true, at most 10 s."""
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"nothing within {_DEADLINE_S} s: {look}")
