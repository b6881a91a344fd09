"""Starting a candidate under gunicorn and weighing its process tree."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from bench.submission.patience import until
from bench.submission.stores import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATH = "/api/agent/faq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running candidate."""

    port: int
    process: psutil.Process

    def cpu_s(self) -> float:
        """CPU seconds of the server's whole process tree so far."""
        tree = [self.process, *self.process.children(recursive=True)]
        spent = [process.cpu_times() for process in tree]
        return sum(times.user + times.system for times in spent)


@contextmanager
def serving(
    application: str, environment: Mapping[str, str], *, workers: int, threads: int
) -> Iterator[Server]:
    """Serve with gunicorn's threads, the same number for everyone, keep-alive on, access log off."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads),
        "--keep-alive", "75", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=dict(environment))
    try:
        until(lambda: _is_up(port), f"{application} answers")
        yield Server(port=port, process=psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", PATH)
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def load(server: Server, *, connections: int, seconds: float, prefix: str) -> dict[str, object]:
    """Ask questions for some seconds; what the client found."""
    words = (str(server.port), PATH, str(connections), str(seconds), prefix)
    return run_client("bench.submission.load", *words)


def run_client(module: str, *words: str) -> dict[str, object]:
    """Run a client in a process of its own and read its line."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
