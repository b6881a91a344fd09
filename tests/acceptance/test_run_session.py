"""`scripts/run` as a person meets it: real processes, a terminal, signals. The environment is this one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from scripts.local.environment import bare_environment
from scripts.local.places import ROOT
from scripts.local.ports import free_port
from tests.unit.scripts.polling import eventually

pytestmark = pytest.mark.acceptance

CHILDREN = ["redis", "spool", "sandbox", "web", "worker-io", "worker-main", "beat"]
#: part of the command line by which each child is recognised; of two that share it the elder is meant: one
#: that was killed and came back is the younger
MARKS = ["redis-server", "redis-server", "sandbox", "uvicorn", "io@", "main@", "beat"]


class Run:
    """One `scripts/run` on free ports, its output in a file."""

    def __init__(self, tmp_path: Path, *arguments: str, data: str = "data", port: int | None = None):
        self.data_dir = tmp_path / data
        self.screen = tmp_path / "screen.txt"
        ports = ["--port", str(port or free_port()), "--sandbox-port", str(free_port())]
        command = [sys.executable, "-m", "scripts.local.session", "--data-dir", str(self.data_dir)]
        with self.screen.open("ab") as out:
            self.popen = subprocess.Popen(
                [*command, *ports, *arguments],
                cwd=ROOT,
                env=bare_environment(os.environ),
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> list[str]:
        return self.screen.read_text(encoding="utf-8").splitlines()

    def says(self, words: str) -> bool:
        assert self.popen.poll() is None, self.said()
        return any(words in line for line in self.said())

    def child(self, mark: str) -> psutil.Process | None:
        children = psutil.Process(self.popen.pid).children()
        for process in sorted(children, key=lambda child: child.create_time()):
            if any(mark in word for word in process.cmdline()):
                return process
        return None

    def left(self) -> list[list[str]]:
        """Command lines of all processes that still know the data directory."""
        return [line for process in psutil.process_iter() if (line := self._line_if_ours(process))]

    def _line_if_ours(self, process: psutil.Process) -> list[str] | None:
        own = str(self.data_dir)
        try:
            known = [*process.cmdline(), process.cwd(), *process.environ().values()]
            dead = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return None if dead or not any(own in word for word in known) else known

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(timeout=20)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.popen.kill()
        run.popen.wait()


def refused(tmp_path: Path, *, data: str = "data", port: int | None = None) -> str:
    """Run until it gives up; one line and code 2 are expected."""
    run = Run(tmp_path, "--no-question", data=data, port=port)
    assert (run.popen.wait(timeout=20), len(run.said())) == (2, 1)
    assert run.left() == []
    return run.said()[0]


def test_a_busy_port_is_one_line(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = refused(tmp_path, port=port)
    assert said == f"scripts/run: port {port} for the site is in use: choose another with --port"


def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path: Path):
    (tmp_path / "file").touch()
    line = (
        f"scripts/run: data directory {tmp_path}/file/data: not a directory; choose another with --data-dir"
    )
    assert refused(tmp_path, data="file/data") == line


def test_every_killed_child_comes_back_and_nothing_is_left(tmp_path: Path, runs: list[Run]):
    run = Run(tmp_path, "--no-question")
    runs.append(run)
    assert eventually(lambda: run.says("Ready after"), timeout_s=60)
    for name, mark in zip(CHILDREN, MARKS, strict=True):
        child = run.child(mark)
        assert child, name
        child.kill()
        assert eventually(partial(run.says, f"{name} died (signal 9), restarting")), name
        assert eventually(partial(run.says, f"{name} is back after"), timeout_s=30), run.said()
    assert run.interrupt() == 0
    assert run.left() == []


def test_a_killed_run_takes_everything_with_it(tmp_path: Path, runs: list[Run]):
    run = Run(tmp_path, "--no-question")
    runs.append(run)
    assert eventually(lambda: run.says("Ready after"), timeout_s=60)
    run.popen.kill()
    assert eventually(lambda: run.left() == [], timeout_s=5), run.left()


def test_a_second_run_on_the_same_data_is_one_line(tmp_path: Path, runs: list[Run]):
    first = Run(tmp_path, "--no-question")
    runs.append(first)
    assert eventually(lambda: first.says("Ready after"), timeout_s=60)
    (tmp_path / "second").mkdir()
    second = Run(tmp_path / "second", "--no-question", data="../data")
    runs.append(second)
    assert second.popen.wait(timeout=20) == 2
    holder = f"is used by another run (process {first.popen.pid}): stop it, or choose another --data-dir"
    assert [line.endswith(holder) for line in second.said()] == [True]
    assert first.interrupt(signal.SIGTERM) == 0


def test_a_question_is_followed_to_the_end_and_the_run_ends_with_it(tmp_path: Path, runs: list[Run]):
    run = Run(tmp_path, "--question", "How long is the version history kept?", "--exit")
    runs.append(run)
    assert run.popen.wait(timeout=90) == 0, run.said()
    assert any("done" in line for line in run.said())
    assert run.left() == []
