"""The supervisor with small stand-ins for the processes of a run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from scripts.local.children import CALLERS, GROUND, Child
from scripts.local.places import ROOT
from scripts.local.supervisor import KeepsDying, NotReady, Supervisor
from tests.unit.scripts.polling import eventually

pytestmark = pytest.mark.acceptance

STAYS = "import time; print('ready', flush=True); time.sleep(600)"
#: ignores the polite signal and has a process of its own, as a pool has
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('ready', flush=True); time.sleep(600)"
)


def child(name: str, code: str = STAYS, layer: int = CALLERS) -> Child:
    return Child(
        name=name,
        argv=(sys.executable, "-c", code),
        env=dict(os.environ),
        is_ready=lambda output: "ready" in output,
        layer=layer,
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]):
    supervisor = Supervisor(tmp_path, said.append)
    yield supervisor
    supervisor.kill()


def group_of(pid: int) -> set[int]:
    """Everything that runs in the session of `pid`, by the kernel's account."""
    found = set()
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def test_each_killed_child_is_named_and_started_again(supervisor, said):
    names = ["redis", "web", "beat"]
    supervisor.start([child(name) for name in names])
    supervisor.wait_ready(names, 20)
    before = supervisor.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: supervisor.tick() or len(said) >= 6)
    # On a busy machine the first may be back before the last is missed.
    told = {line.partition(" after")[0] for line in said}
    assert told == {said for n in names for said in (f"{n} died (signal 9), restarting", f"{n} is back")}
    assert set(before.values()).isdisjoint(supervisor.pids().values())


def test_what_a_killed_child_had_started_dies_with_it(supervisor, said):
    supervisor.start([child("worker", STUBBORN)])
    supervisor.wait_ready(["worker"], 20)
    first = supervisor.pids()["worker"]
    assert eventually(lambda: len(group_of(first)) == 2)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: supervisor.tick() or said)
    assert eventually(lambda: group_of(first) == set())


def test_stopping_ends_the_stubborn_too(supervisor):
    supervisor.start([child("worker", STUBBORN), child("redis", layer=GROUND)])
    supervisor.wait_ready(["worker", "redis"], 20)
    pids = supervisor.pids().values()
    began = time.monotonic()
    supervisor.stop(grace_s=0.5)
    assert eventually(lambda: all(group_of(pid) == set() for pid in pids), timeout_s=2)
    assert 0.5 <= time.monotonic() - began < 3


def test_one_that_keeps_dying_ends_the_run_with_its_last_words(supervisor, said):
    supervisor.start([child("web", "import sys; sys.exit('no such table')")])
    with pytest.raises(KeepsDying) as dying:
        supervisor.wait_ready(["web"], 30)
    first, *rest = str(dying.value).splitlines()
    assert first.startswith("web keeps dying (5 times, last exit code 1); the end of ")
    assert rest == ["  no such table"] * 5
    assert said == ["web died (exit code 1), restarting"] * 4


def test_one_that_is_not_ready_in_time_is_named(supervisor):
    supervisor.start([child("web", "import time; print('busy', flush=True); time.sleep(600)")])
    with pytest.raises(NotReady, match=r"^web was not ready after 0\.5 s; the end of .*web\.log:"):
        supervisor.wait_ready(["web"], 0.5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_a_killed_supervisor_leaves_nothing_behind(tmp_path: Path):
    code = (
        "import os, sys, time; from pathlib import Path;"
        "from scripts.local.process import Process;"
        f"log = Path({str(tmp_path / 'child.log')!r});"
        "child = Process([sys.executable, '-c', 'import time; time.sleep(600)'], dict(os.environ), log);"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        pid = int(starter.stdout.readline())
        assert psutil.pid_exists(pid)
        starter.kill()
    assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
