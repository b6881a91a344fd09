"""Bare repositories that hold what was fetched, so that little has to be fetched again.

Nothing in them is precious: whoever finds one broken, or none at all, makes a new one. They are numbered, and
the newest is used; the one before stays until the next, for whoever is still at work in it. Processes and
threads on one machine share them; who changes one holds its lock.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from closedloop.adapters.git_program import Deadline, GitRun
from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper
    from pathlib import Path

    from closedloop.adapters.git_program import GitProgram

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 0.02
_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]")
_NUMBERED = re.compile(r"(\d+)\.git")
#: A cache with more packs, or with more loose objects in one of its 256 folders, is worn.
_MOST_PACKS = 500
_WORN = "closedloop-worn"
_MOST_LOOSE = 60


class GitCache:
    """The caches of one repository, below a folder that is ours alone."""

    def __init__(self, root: Path, url: str, program: GitProgram) -> None:
        self._root, self._program = root, program
        name = _UNSAFE.sub("+", url.partition("://")[2])
        self._folder, self._lock = root / f"{name}.d", root / f"{name}.lock"

    def newest(self, deadline: Deadline) -> Path:
        """The cache to use; made if there is none. Raises Unavailable."""
        return self._newest() or self.instead_of(None, deadline)

    def instead_of(self, broken: Path | None, deadline: Deadline) -> Path:
        """A newer one than this, made by us or by somebody who was quicker. Raises Unavailable."""
        with self.locked(deadline):
            found = self._newest()
            if found is not None and found != broken:
                return found
            try:
                return self._make(_number(found) + 1 if found else 1, deadline)
            except OSError as error:
                raise Unavailable(f"no git cache can be made ({type(error).__name__})") from None

    @contextmanager
    def locked(self, deadline: Deadline) -> Iterator[None]:
        """Keep everybody else from changing caches. Raises Unavailable when they keep us for too long."""
        make_private(self._root)
        try:
            handle = self._lock.open("a")
        except OSError as error:
            raise Unavailable(f"the git cache cannot be locked ({type(error).__name__})") from None
        with handle:
            while not _is_taken(handle):
                if not deadline.left_s:
                    raise Unavailable("another process has held the git cache for too long")
                # A lock between processes tells nobody when it is free, and may be held by one that hangs.
                time.sleep(_LOOK_AGAIN_S)
            yield

    def wear_out(self, cache: Path) -> None:
        """Let the next fetch go into a new one: something took too long in this one."""
        with suppress(OSError):
            (cache / _WORN).touch()

    def is_worn(self, cache: Path) -> bool:
        """Whether a new one is better: so much has gathered in it, or it was said to be."""
        if (cache / _WORN).exists():
            return True
        packs = sum(name.endswith(".pack") for name in _names(cache / "objects" / "pack"))
        return packs > _MOST_PACKS or len(_names(cache / "objects" / "17")) > _MOST_LOOSE

    def _newest(self) -> Path | None:
        numbers = [int(found[1]) for name in _names(self._folder) if (found := _NUMBERED.fullmatch(name))]
        return self._folder / f"{max(numbers)}.git" if numbers else None

    def _make(self, number: int, deadline: Deadline) -> Path:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # Whole from its first moment on: it gets its name when it is done.
        unnamed, cache = self._folder / f"new-{uuid4().hex}", self._folder / f"{number}.git"
        run = GitRun(arguments=("init", "--bare", "--quiet", "--template="))
        answer = self._program.run(run, unnamed, deadline)
        if answer.code != 0:
            raise Unavailable(f"no git cache can be made: {answer.said.strip()[-200:]}")
        unnamed.rename(cache)
        kept = {cache.name, f"{number - 1}.git"}
        for name in _names(self._folder) - kept:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        log.info("git_cache_made", number=number)
        return cache


def make_private(folder: Path) -> None:
    """Let the folder exist, ours alone. Raises Unavailable when others own it or may enter."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"GIT_CACHE_DIR {folder} cannot be made ({type(error).__name__})") from None
    if trouble := trouble_with(folder):
        raise Unavailable(f"GIT_CACHE_DIR {folder} {trouble}")


def trouble_with(folder: Path) -> str:
    """What keeps a folder that exists from being used; empty when nothing does."""
    seen = folder.stat()
    if not folder.is_dir():
        return "is no folder"
    if seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
        return "is not ours alone: it must belong to this process' user and have mode 0700"
    return ""


def _is_taken(handle: TextIOWrapper) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number(cache: Path) -> int:
    return int(cache.name.removesuffix(".git"))


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - names alone are wanted, of many files
    except OSError:
        return set()
