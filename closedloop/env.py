"""Reads the environment, once, into plain values.

Every variable that closedloop understands is read here and described in the README's table.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

#: Where providers put the commit of what they deployed, in order of preference.
_COMMIT_VARIABLES = (
    "APP_VERSION",
    "GIT_COMMIT",
    "RENDER_GIT_COMMIT",
    "VERCEL_GIT_COMMIT_SHA",
    "SOURCE_VERSION",
)


@cache
def app_version() -> str:
    """The running version: APP_VERSION, a provider's commit, git's short sha, else "unknown"."""
    for name in _COMMIT_VARIABLES:
        if value := env.str(name, default=""):
            return str(value)[:40]
    try:
        found = subprocess.run(  # noqa: S603 - fixed command
            ["git", "-C", str(BASE_DIR), "rev-parse", "--short", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=2,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return found.stdout.strip() or "unknown"


def comma_list(name: str, default: str = "") -> list[str]:
    """A comma-separated variable as a list without blanks."""
    return [part.strip() for part in str(env.str(name, default=default)).split(",") if part.strip()]


def private_place(name: str) -> str:
    """A folder for what can be made again, below the place for temporary files and named for this user."""
    return str(Path(tempfile.gettempdir()) / f"closedloop-{os.geteuid()}-{name}")
