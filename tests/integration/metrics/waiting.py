"""Waiting for a condition, and for nothing else."""

import threading
import time

_NEVER = threading.Event()


def until(condition, *, what, within_s=30.0, every_s=0.05):
    """The first true value of `condition`; fails by name when there is none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := condition():
            return found
        _NEVER.wait(every_s)
    raise AssertionError(f"never came true within {within_s} s: {what}")
