"""A commit of the forge's, and what it holds, in a cache on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from closedloop.adapters.git_answers import Slow
from closedloop.adapters.git_program import Deadline, GitRun, LocalGit
from closedloop.ports.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from closedloop.adapters.git_cache import GitCache
    from closedloop.adapters.git_program import GitProgram
    from closedloop.adapters.git_remote import GitRemote

log = structlog.get_logger(__name__)

_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
#: What was fetched, by name: the next fetch tells the forge, which then sends differences.
_BASES = "refs/closedloop/base"
_FETCH = ("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "--no-write-fetch-head")
_SHOWN = 200
T = TypeVar("T")


class Broken(Exception):  # noqa: N818 - the state a cache is in
    """A cache does not do what a whole one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitTools:
    """What work on the forge's commits needs."""

    program: GitProgram
    cache: GitCache
    remote: GitRemote
    #: Seconds for one act, all its runs together; below the lease of whoever acts.
    act_s: float


class GitBases:
    """Fetches commits into the cache: each alone, its folders, and of its files those that are asked for."""

    def __init__(self, tools: GitTools) -> None:
        self._program, self._cache, self._remote = tools.program, tools.cache, tools.remote
        self.act_s = tools.act_s

    def at_commit(self, sha: str, work: Callable[[LocalGit], T]) -> tuple[LocalGit, T]:
        """Work in a cache that holds the commit; one that turns out to be broken is replaced, once.

        Raises PortErrors: NotFound when there is no such commit.
        """
        if not _SHA.fullmatch(sha) or not sha.strip("0"):
            raise NotFound(f"there is no commit {sha!r}")
        deadline, why = Deadline(self.act_s), ""
        folder = self._cache.newest(deadline)
        for _ in range(2):
            local = LocalGit(program=self._program, folder=folder, deadline=deadline)
            try:
                self._fetch(sha, local)
                return local, work(local)
            except Broken as broken:
                why = str(broken)
                log.warning("git_cache_broken", why=why)
                folder = self._cache.instead_of(folder, deadline)
        raise Unavailable(f"the git cache cannot be used: {why}")

    def check_out(self, sha: str, folder: Path) -> None:
        """Write every file of the commit below an empty folder. Raises PortErrors."""
        self.at_commit(sha, lambda local: self._write_files(sha, folder, local))

    def _write_files(self, sha: str, folder: Path, local: LocalGit) -> None:
        # Unlike `git archive` it asks for all that a partial clone lacks at once.
        command = (f"--work-tree={folder}", "read-tree", "--reset", "-u", sha)
        run = GitRun(arguments=command, index=folder.with_name("index"), is_lazy=True)
        answer = self._remote.read("check out", run, local)
        if answer.code != 0:
            raise Broken(answer.said.strip()[-_SHOWN:])

    def _fetch(self, sha: str, local: LocalGit) -> None:
        ref = f"{_BASES}/{sha}"
        if _holds(ref, local):
            return
        with self._cache.locked(local.deadline):
            if _holds(ref, local):
                return
            if self._cache.is_worn(local.folder):
                raise Broken("it is worn")
            # Git would look for what it lacks by fetching, and in that by fetching, and so on.
            inside(local, GitRun(arguments=("for-each-ref", "--format=%(tree)", _BASES)))
            run = GitRun(arguments=(*_FETCH, "origin", f"+{sha}:{ref}"))
            try:
                self._remote.read("fetch base", run, local)
            except Slow:
                self._cache.wear_out(local.folder)
                raise
        if not _holds(ref, local):
            raise Broken("it does not keep what is fetched")


def _holds(ref: str, local: LocalGit) -> bool:
    """Whether it was fetched to its end: the name is given last."""
    return local.run(GitRun(arguments=("rev-parse", "--verify", "--quiet", f"{ref}^{{tree}}"))).code == 0


def inside(local: LocalGit, run: GitRun) -> bytes:
    """Run what needs no forge. Raises Broken when it fails."""
    answer = local.run(run)
    if answer.code is None:
        raise Unavailable("git had no time left")
    if answer.code != 0:
        raise Broken(answer.said.strip()[-_SHOWN:])
    return answer.out
