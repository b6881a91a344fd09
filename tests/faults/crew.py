"""The processes of the fault suite in place of the usual ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from scripts.local import probes
from tests.faults.book import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scripts.local.children import Child

#: As many workers for the loop's own jobs: one that dies takes everything with it that it had in hand.
IO_WORKERS = 3


def mortal(book: Path, child: Child) -> Sequence[Child]:
    """Workers and web that die where the book says; GitHub's limits are another test's subject."""
    named = replace(child, env={**child.env, VARIABLE: str(book)})
    match child.name:
        case "sandbox":
            return (replace(child, argv=(*child.argv, "--no-limits")),)
        case "web":
            web = _instead(named, "closedloop.asgi:application", "tests.faults.crashing_web:application")
            return (_preloaded(web),)
        case "worker-main":
            return (_instead(named, "closedloop", "tests.faults.crashing"),)
        case "worker-io":
            mortals = _preloaded(_instead(named, "closedloop", "tests.faults.crashing"))
            return tuple(numbered(mortals, number) for number in range(1, IO_WORKERS + 1))
        case _:
            return (child,)


def two_of_io(child: Child) -> Sequence[Child]:
    """The usual processes, with a second worker that can take over what the first one leaves."""
    return (numbered(child, 1), numbered(child, 2)) if child.name == "worker-io" else (child,)


def forgetful(child: Child) -> Sequence[Child]:
    """Workers and web whose hints are lost."""
    web = _instead(child, "closedloop.asgi:application", "tests.faults.forgetful_web:application")
    return (_instead(web, "closedloop", "tests.faults.forgetful"),)


def numbered(worker: Child, number: int) -> Child:
    """One of several workers on the same queue."""
    node = f"io{number}"
    return replace(
        worker,
        name=f"{worker.name}-{number}",
        argv=tuple(f"{node}@%h" if word == "io@%h" else word for word in worker.argv),
        is_ready=lambda output: probes.says(output, f"{node}@", " ready"),
    )


def _instead(child: Child, old: str, new: str) -> Child:
    return replace(child, argv=tuple(new if word == old else word for word in child.argv))


def _preloaded(child: Child) -> Child:
    """Start it by way of a process that has everything imported; `-m` is the second word."""
    return replace(child, argv=(sys.executable, "-m", "tests.faults.preloaded", *child.argv[2:]))
