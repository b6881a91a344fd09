"""`.venv` of the checkout: made once, updated when a requirement file changes, rebuilt when broken.

Only the standard library is imported here, because this runs before any package exists.
"""

import enum
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, assert_never

from scripts.local.pip_errors import refusal_from_pip

#: exists while packages are being written; who finds it finds the ruins of a killed installation
_UNFINISHED = "closedloop-unfinished"


class Need(enum.Enum):
    """What has to happen before the environment can be used."""

    NOTHING = "nothing"
    INSTALL = "install"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv:
    """One virtual environment and what belongs into it."""

    #: the environment's directory
    path: Path
    #: what is installed there: `run` or `dev`; each has a stamp of its own
    flavour: str
    #: pinned and hashed requirement files, installed together
    requirements: tuple[Path, ...]
    #: what is installed along with it, and need not be installed again
    includes: tuple["Venv", ...] = ()

    @property
    def key(self) -> str:
        """Names what belongs into it, for this Python."""
        return key_of(self.requirements, sys.version_info[:2])

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.path / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Written last, holding the key of what was installed."""
        return self.path / f"closedloop-{self.flavour}.stamp"

    @property
    def unfinished(self) -> Path:
        """Marks an installation in progress."""
        return self.path / _UNFINISHED

    @property
    def log(self) -> Path:
        """What the last failed installation said."""
        return self.path / "closedloop-install.log"


def key_of(requirements: Sequence[Path], version: tuple[int, int]) -> str:
    """Name the contents of an environment: a digest of the requirement files and Python's major.minor."""
    digest = hashlib.sha256(repr(version).encode())
    for file in requirements:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def judge(*, exists: bool, usable: bool, unfinished: bool, stamp: str | None, key: str) -> Need:
    """Decide from what was found; `usable` means its interpreter starts and has this Python's version."""
    if not exists or not usable or unfinished:
        return Need.REBUILD
    return Need.NOTHING if stamp == key else Need.INSTALL


def need_of(venv: Venv) -> Need:
    """Look at the disk and judge."""
    return judge(
        exists=venv.path.is_dir(),
        usable=_is_usable(venv),
        unfinished=venv.unfinished.exists(),
        stamp=venv.stamp.read_text(encoding="utf-8") if venv.stamp.is_file() else None,
        key=venv.key,
    )


def ensure(venv: Venv) -> bool:
    """Make `venv` ready for use and return whether anything had to be done.

    Two scripts started at once in one checkout take turns. Raises Refused with the cause in one line.
    """
    with _turn(venv.path.parent):
        match need_of(venv):
            case Need.NOTHING:
                return False
            case Need.INSTALL:
                print(f"Bringing the packages in {venv.path} up to date …", flush=True)
            case Need.REBUILD:
                print(f"Installing the packages into {venv.path} (the first time only) …", flush=True)
                _build(venv)
            case other:
                assert_never(other)
        _install(venv)
        return True


def is_inside(venv: Venv) -> bool:
    """Whether this very process runs on the environment's interpreter."""
    return Path(sys.prefix).resolve() == venv.path.resolve()


def _is_usable(venv: Venv) -> bool:
    """Start the interpreter: it must be of this Python's version and miss nothing that was installed."""
    probe = Path(__file__).with_name("venv_probe.py")
    try:
        answer = subprocess.run(
            [venv.python, "-I", probe], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _build(venv: Venv) -> None:
    if venv.path.is_symlink():
        venv.path.unlink()
    elif venv.path.exists():
        shutil.rmtree(venv.path)
    # From within an environment that was just removed, only the base interpreter is still there.
    base = getattr(sys, "_base_executable", None) or sys.executable
    _do(venv, [base, "-m", "venv", str(venv.path)])


def _install(venv: Venv) -> None:
    venv.unfinished.touch()
    arguments = [argument for file in venv.requirements for argument in ("-r", str(file))]
    pip = [str(venv.python), "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    _do(venv, [*pip, "install", "--require-hashes", "--quiet", *arguments])
    for done in (*venv.includes, venv):
        done.stamp.write_text(done.key, encoding="utf-8")
    venv.unfinished.unlink()


def _do(venv: Venv, command: Sequence[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        output = done.stdout.decode(errors="replace")
        with suppress(OSError):  # on a full disk the cause is still told, only its details are not kept
            venv.log.parent.mkdir(exist_ok=True)
            venv.log.write_text(output, encoding="utf-8")
        raise refusal_from_pip(output, str(venv.log))


@contextmanager
def _turn(directory: Path) -> Iterator[None]:
    """Hold the checkout's directory itself as a lock, so that no lock file is left behind."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another script is installing packages here; waiting for it …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def reenter(venv: Venv, script: Path, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by the same script on the environment's interpreter."""
    sys.stdout.flush()
    os.execv(venv.python, [str(venv.python), str(script), *arguments])  # noqa: S606 - no shell is wanted
