from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.local.environment import bare_environment
from scripts.local.places import ROOT


def replayed(seed: int, hash_seed: str) -> str:
    """Everything that one run says of itself, from a process of its own."""
    asked = [sys.executable, "-m", "tests.simulation", "--simulate", "1", "--seed", str(seed)]
    env = {**bare_environment(os.environ), "PYTHONHASHSEED": hash_seed}
    return subprocess.run(asked, env=env, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("seed", [3, 14])
def test_a_seed_is_the_same_run_in_every_process(seed):
    first, second = (replayed(seed, hash_seed).splitlines() for hash_seed in ("1", "2"))
    assert len(first) > 100
    assert first == second
