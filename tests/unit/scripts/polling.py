import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], timeout_s: float = 20.0) -> bool:
    """Ask until `condition` is true; False when it is not within `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
