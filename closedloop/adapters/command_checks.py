"""OwnChecks by commands in a checkout: what the repository's CI runs, as far as it needs no more than this.

The commands are the operator's and the scripts that they start are the repository's. They get no shell, no
settings and no secrets of ours, a home that is thrown away, and are ended together when their time is over.
They run as this process' user, which is why none run unless CHECK_COMMANDS names them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING

from closedloop.adapters.git_program import Deadline
from closedloop.adapters.process_group import end_group, run_to_end
from closedloop.ports.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from closedloop.adapters.git_bases import GitBases

#: Bytes of a command's last words that are read, and characters of them that are shown.
_READ, _SHOWN = 4000, 400


class CommandChecks:
    """See OwnChecks. `seconds`: for one `problem`, the checkout and all commands together."""

    def __init__(self, commands: Sequence[str], bases: GitBases, *, seconds: float) -> None:
        self._commands, self._bases, self._seconds = tuple(commands), bases, seconds

    def problem(self, sha: str, files: Mapping[str, str]) -> str:
        """See OwnChecks."""
        deadline = Deadline(self._seconds)
        with TemporaryDirectory(prefix="closedloop-checks-", ignore_cleanup_errors=True) as place:
            tree, home = Path(place, "tree"), Path(place, "home")
            tree.mkdir()
            home.mkdir()
            self._bases.check_out(sha, tree)
            for path, text in files.items():
                _put(tree, path, text)
            said = (_run(command, tree, home, deadline) for command in self._commands)
            return next(filter(None, said), "")


def _put(tree: Path, path: str, text: str) -> None:
    target = tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(tree.resolve()):
        raise Refused(f"{path} lies outside the repository")
    target.unlink(missing_ok=True)  # a link would be written through
    target.write_text(text, encoding="utf-8", newline="")


def _run(command: str, tree: Path, home: Path, deadline: Deadline) -> str:
    if not deadline.left_s:
        raise Unavailable(f"`{command}` had no time left")
    with TemporaryFile() as words:
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; the operator's own setting
                shlex.split(command),
                cwd=tree,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                env=_environment(home),
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"`{command}` cannot be run ({type(error).__name__})") from None
        with process:
            end = run_to_end(process, deadline.left_s)
            end_group(process)  # what it left running may not outlive its checkout
        if end.code is None or end.code < 0:
            how = "was still running when its time was over" if end.code is None else "was killed"
            raise Unavailable(f"`{command}` {how}")
        return f"`{command}` ends with {end.code}: {_last(words)}" if end.code else ""


def _environment(home: Path) -> dict[str, str]:
    place = str(home)
    known = {"HOME": place, "TMPDIR": place, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "CI": "true"}
    return {**known, "PATH": os.environ.get("PATH", os.defpath)}


def _last(words: IO[bytes]) -> str:
    size = words.seek(0, os.SEEK_END)
    words.seek(max(size - _READ, 0))
    return " ".join(words.read().decode("utf-8", "replace").split())[-_SHOWN:]
