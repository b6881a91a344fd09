from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from closedloop.adapters.local_tally import LocalTally
from closedloop.ports.traffic import Kind

FORK = """
import os
from closedloop.adapters.local_tally import LocalTally
tally = LocalTally()
tally.count("rest_read")
child = os.fork()
if child:
    os.waitpid(child, 0)
print("parent" if child else "child", sum(tally.take().values()), flush=True)
os._exit(0)
"""


def test_what_was_taken_is_counted_no_more():
    tally = LocalTally()
    tally.count(Kind.GIT_PUSH)
    tally.count(Kind.GIT_PUSH, 2)
    assert (tally.take(), tally.take()) == ({Kind.GIT_PUSH: 3}, {})


def test_what_is_put_back_is_added_to_what_came_meanwhile():
    tally = LocalTally()
    tally.count(Kind.GRAPHQL, 2)
    taken = tally.take()
    tally.count(Kind.GRAPHQL)
    tally.put_back(taken)
    assert tally.take() == {Kind.GRAPHQL: 3}


def test_threads_lose_nothing():
    tally = LocalTally()

    def count_many() -> None:
        for _ in range(2_000):
            tally.count(Kind.REST_READ)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(count_many)
    assert tally.take() == {Kind.REST_READ: 16_000}


def test_a_forked_child_begins_at_zero():
    """In a process of its own: this one has threads, and may not fork for that."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["child", "0", "parent", "1"]
