"""What a process holds that was only just started, and one that runs its parent's program on purpose."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.memory_pss import look

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PSS is read from Linux's /proc")

#: Holds 64 MB, forks, and the child runs another program after so many seconds.
PARENT = """
import os, sys, time
held = os.urandom(1 << 20) * 64
if os.fork() == 0:
    time.sleep(float(sys.argv[1]))
    os.execvp("sleep", ["sleep", "60"])
print("forked", flush=True)
time.sleep(60)
"""


@pytest.fixture
def weigh():
    """The look at a parent whose child runs its own program so much later."""
    started = []

    def weighed(seconds_until_program):
        command = [sys.executable, "-c", PARENT, str(seconds_until_program)]
        parent = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        started.append(parent)
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"forked\n"
        return look({"parent": parent.pid}, 0).processes_mb

    yield weighed
    for parent in started:
        subprocess.run(["pkill", "-KILL", "-s", str(parent.pid)], check=True)
        parent.communicate()


def test_a_process_is_weighed_by_its_own_program(weigh):
    assert weigh(0.3)["parent/1"] < 10


def test_a_child_that_stays_with_its_parents_program_is_weighed_as_it_is(weigh):
    assert 30 < weigh(30)["parent/1"] < 45
