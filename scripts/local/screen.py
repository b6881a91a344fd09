"""What a run says on the terminal."""

import sys
from contextlib import suppress
from typing import TextIO

from scripts.local.stack import Stack


def say(text: str) -> None:
    """Print at once."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Print to stderr at once."""
    _write(sys.stderr, text)


def welcome(stack: Stack, seconds: float) -> str:
    """Say where everything is, once it runs."""
    login = (
        "admin, with the password it had before"
        if stack.admin == "other"
        else f"admin / {stack.admin_password}"
    )
    rows = [
        ("the admin", f"{stack.web_url}/admin/   ({login})"),
        ("metrics", f"{stack.web_url}/metrics/"),
        ("API", f"{stack.web_url}/api/docs/"),
    ]
    if stack.env.get("SITE_URL"):
        rows.insert(0, ("the live site", stack.env["SITE_URL"]))
    if stack.parts.sandbox:
        rows.append(("the sandbox", f"{stack.sandbox_url}/   ({played_by_sandbox(stack)})"))
    return "\n".join([f"Ready after {seconds:.1f} s.", *(f"  {name:<14} {text}" for name, text in rows)])


def played_by_sandbox(stack: Stack) -> str:
    """Name what the sandbox stands for in this run."""
    played = {"GitHub, CI and the site": stack.parts.forge, "the model": stack.parts.model}
    return "plays " + " and ".join(name for name, plays in played.items() if plays)


def _write(stream: TextIO, text: str) -> None:
    with suppress(OSError):  # a closed terminal or pipe: nobody reads, and the run ends by its signals
        print(text, file=stream, flush=True)
