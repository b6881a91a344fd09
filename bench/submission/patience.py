"""Waiting on a condition, with an end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def until(is_true: Callable[[], bool], what: str, *, timeout_s: float = 20.0) -> None:
    """Return as soon as the condition holds. Raises TimeoutError, naming what was waited for."""
    give_up_at = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"waited {timeout_s:g} s in vain: {what}")
        time.sleep(0.02)
