"""The `git` program, run so that nothing but its arguments decides what it does.

No settings of the user or the machine, no hooks, no credential helpers, no questions, no `.netrc`. Settings
of ours go by the environment, which unlike a command line only the same user can read: one of them may be a
secret. https://git-scm.com/docs/git-config#ENVIRONMENT
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from closedloop.adapters.process_group import run_to_end
from closedloop.ports.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

#: GIT_CONFIG_COUNT came with it; partial clones are older.
MINIMUM = (2, 31)
_NUMBERS = re.compile(r"(\d+)\.(\d+)")
#: What git's own transport needs to know of this machine, and no more.
_PASSED_ON = (
    *("PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY"),
)
_ALWAYS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "http:https",
    "GIT_LFS_SKIP_SMUDGE": "1",
    # Texts that are read here must not depend on where this runs.
    "LC_ALL": "C",
}
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "http.followRedirects": "false",
    # Commits stay in the pack they were made in: a push then sends the differences that were found for it.
    "fastimport.unpackLimit": "0",
    # A push of up to 16 MB is one request; a larger one begins with a trial request.
    "http.postBuffer": str(16 * 1024 * 1024),
}


class Deadline:
    """The end of an act that takes several runs."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """Seconds until then; 0 once it is over."""
        return max(self._at - time.monotonic(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRun:
    """One run to make."""

    arguments: tuple[str, ...]
    stdin: bytes = b""
    #: Settings for this run; never shown, a secret may be among them.
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Whether git may fetch by itself what a partial clone lacks; old ones (before 2.44) always may.
    is_lazy: bool = False
    #: The index to work with, for runs that write files; a bare repository has none.
    index: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAnswer:
    """How a run ended."""

    #: None: it was stopped because its time was over.
    code: int | None
    out: bytes
    #: What it said to people, and the remote end through it.
    said: str


class GitProgram:
    """Runs git in its own process group, which ends as a whole when the time is over."""

    def __init__(self, path: str) -> None:
        self._path = path

    def version(self) -> tuple[int, ...]:
        """Major and minor number; () when it does not tell."""
        answer = self.run(GitRun(arguments=("version",)), Path("/"), Deadline(5))
        found = _NUMBERS.search(answer.out.decode("utf-8", "replace"))
        return tuple(int(number) for number in found.groups()) if found else ()

    def run(self, what: GitRun, folder: Path, deadline: Deadline) -> GitAnswer:
        """Run it on the repository in `folder`. Raises Unavailable when there is no such program."""
        if not deadline.left_s:
            return GitAnswer(code=None, out=b"", said="no time was left")
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; names and shas are checked by whoever passes them
                [self._path, f"--git-dir={folder}", *what.arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(what, home=folder),
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"git cannot be run ({type(error).__name__})") from None
        with process:
            end = run_to_end(process, deadline.left_s, stdin=what.stdin)
        return GitAnswer(code=end.code, out=end.out, said=end.said.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalGit:
    """Git on a repository of this machine, as part of an act that has to end in time."""

    program: GitProgram
    folder: Path
    deadline: Deadline

    def run(self, what: GitRun) -> GitAnswer:
        """See GitProgram."""
        return self.program.run(what, self.folder, self.deadline)


def find_git() -> GitProgram | None:
    """The program on the PATH, if it is there and new enough."""
    path = shutil.which("git")
    if path is None:
        return None
    git = GitProgram(path)
    return git if git.version() >= MINIMUM else None


def _environment(what: GitRun, *, home: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    known = {**_SETTINGS, **what.settings}
    counted = {"GIT_CONFIG_COUNT": str(len(known))}
    for number, (key, value) in enumerate(known.items()):
        counted[f"GIT_CONFIG_KEY_{number}"] = key
        counted[f"GIT_CONFIG_VALUE_{number}"] = value
    index = {"GIT_INDEX_FILE": str(what.index)} if what.index else {}
    lazy = "0" if what.is_lazy else "1"
    return {**passed, **_ALWAYS, **counted, **index, "HOME": str(home), "GIT_NO_LAZY_FETCH": lazy}
