"""The directory that holds everything a run keeps; one run at a time may use it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local.errors import Refused

#: bytes below which a run is not started: a database that fills the disk half-way helps nobody
NEEDED_BYTES = 200 * 1024 * 1024


def prepare(directory: Path) -> Path:
    """Make `directory` and what belongs in it, private to this user, and return its absolute path."""
    place = directory.expanduser().resolve()
    try:
        for part in (place, place / "logs", place / "redis", place / "spool", place / "sandbox"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = place / ".writable"
        probe.write_bytes(b"x")
        probe.unlink()
    except (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise Refused(f"data directory {place}: {reason}; choose another with --data-dir") from None
    require_space(place, free_bytes=shutil.disk_usage(place).free)
    return place


def require_space(place: Path, *, free_bytes: int) -> None:
    """Raise Refused when `free_bytes` are too few to begin."""
    if free_bytes < NEEDED_BYTES:
        free, needed = free_bytes // 2**20, NEEDED_BYTES // 2**20
        raise Refused(
            f"the disk is full: {free} MB are free for {place}, {needed} MB are needed; "
            "free some space, or choose another --data-dir"
        )


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Hold `place` for this process alone; the kernel lets go when the process ends, however it ends."""
    handle = os.open(place / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise Refused(
                f"{place} is used by another run (process {holder}): stop it, or choose another --data-dir"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
