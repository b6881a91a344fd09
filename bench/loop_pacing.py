"""Laps are begun only while GitHub would not slow them down, which the sandbox does as GitHub does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from scripts.local.stack import Stack

#: Requests that create content, per minute; the next lap needs some of them.
_PER_MINUTE, _PER_LAP = 80, 10
_MINUTE_S = 60.0
_CREATING = ("POST /api/v3", "PUT /api/v3", "PATCH /api/v3")


def wait_for_room(stack: Stack) -> None:
    """Return when a lap's writes fit into the last minute's limit."""
    log = httpx2.get(f"{stack.sandbox_url}/_sandbox/log").raise_for_status().json()
    since = time.time() - _MINUTE_S
    written = [one["wall_start"] for one in log if one["name"].startswith(_CREATING)]
    recent = sorted(at for at in written if at > since)
    too_many = len(recent) + _PER_LAP - _PER_MINUTE
    if too_many > 0:
        time.sleep(max(0.0, recent[too_many - 1] - since))
