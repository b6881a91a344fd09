"""A person who edits the same file in a clone, and pushes to the base branch."""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scripts.local.environment import REPO
from tests.acceptance.world import FAQ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.acceptance.world import World

#: Whoever loses so many races in a row is not quick enough to be measured.
_TRIES = 20
#: Where entries go in turn: before a heading, or at the end.
_PLACES = ("\n## Account and security\n", None, "\n## Developers\n")
#: Every so many, and one early, goes where ours go, too: it conflicts with what is in flight.
_CONFLICTS_EVERY, _FIRST_CONFLICT = 15, 3
#: Begins the line that marks an entry of ours.
_MARK = "[//]: # (closedloop:"
_WHO = ("-c", "user.name=Paula", "-c", "user.email=paula@lumen.example")


class Person:
    """Somebody with a clone."""

    def __init__(self, world: World) -> None:
        self.clone = world.directory / "person"
        #: Headings that were pushed.
        self.edits: list[str] = []
        self.lost_races = 0
        address = urlsplit(world.stack.sandbox_url)
        token = world.stack.env["GITHUB_TOKEN"]
        address = address._replace(netloc=f"paula:{token}@{address.netloc}", path=f"/{REPO}.git")
        if not self.clone.exists():
            _git("clone", "--quiet", address.geturl(), str(self.clone))

    def write(self, edit: Callable[[Path], object], message: str) -> None:
        """Edit the newest state and push; again from the beginning when somebody was quicker."""
        for _ in range(_TRIES):
            self._git("fetch", "--quiet", "origin", "main")
            self._git("reset", "--quiet", "--hard", "origin/main")
            edit(self.clone)
            self._git("add", "--all")
            self._git(*_WHO, "commit", "--quiet", "-m", message)
            pushed = subprocess.run(
                ["git", "-C", str(self.clone), "push", "--quiet", "origin", "HEAD:main"],
                capture_output=True,
                text=True,
                check=False,
            )
            if not pushed.returncode:
                return
            self.lost_races += 1
        raise SystemExit(f"a person's push was refused {_TRIES} times: {pushed.stderr}")

    def add_entry(self) -> None:
        """Add an entry of the person's own to the file that everybody edits."""
        number = len(self.edits) + 1
        heading = f"### What did a person write at step {number}?"
        is_conflict = number % _CONFLICTS_EVERY == _FIRST_CONFLICT
        insert = _behind_ours if is_conflict else partial(_before, place=_PLACES[number % len(_PLACES)])
        self.write(lambda clone: _edit(clone / FAQ, insert, f"{heading}\n\nBy hand.\n"), f"By hand {number}")
        self.edits.append(heading)

    @contextmanager
    def at_work(self, every_s: float) -> Iterator[None]:
        """Let the person add an entry so often."""
        over, failures = threading.Event(), list[BaseException]()

        def work() -> None:
            due = time.monotonic()
            while not over.wait(max(0.0, due - time.monotonic())):
                due += every_s
                try:
                    self.add_entry()
                except BaseException as error:  # noqa: BLE001 - told below, in the thread that waits
                    failures.append(error)
                    return

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failures:
            raise failures[0]

    def _git(self, *arguments: str) -> str:
        return _git("-C", str(self.clone), *arguments)


def _edit(file: Path, insert: Callable[[str, str], str], entry: str) -> None:
    file.write_text(insert(file.read_text(encoding="utf-8"), entry), encoding="utf-8")


def _before(text: str, entry: str, *, place: str | None) -> str:
    return f"{text}\n{entry}" if place is None else text.replace(place, f"\n{entry}{place}", 1)


def _behind_ours(text: str, entry: str) -> str:
    """Behind the last entry of its section that is ours; at the end while there is none."""
    head, mark, rest = text.rpartition(_MARK)
    line, _, rest = rest.partition("\n")
    return f"{head}{mark}{line}\n\n{entry}{rest}" if mark else f"{text}\n{entry}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {arguments[-1]}: {done.stderr}")
    return done.stdout
