"""The log files of a run: one per process, the previous run's kept beside it."""

from pathlib import Path

#: a log that grew beyond this is moved aside in place, since its writer keeps the file open
_LARGEST_BYTES = 50 * 1024 * 1024


def put_aside(directory: Path) -> None:
    """Rename every log of the previous run to `NAME.log.1`, over those of the run before."""
    for log in directory.glob("*.log"):
        log.replace(log.with_name(f"{log.name}.1"))


def trim(log: Path) -> None:
    """Empty a file that grew too large. Writers append, so they go on at its new beginning."""
    if log.stat().st_size > _LARGEST_BYTES:
        log.write_bytes(b"")


def read_from(log: Path, offset: int) -> str:
    """Give what was written after the first `offset` bytes."""
    with log.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Give the end of the file, for a message about its writer's death."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        return file.read().decode(errors="replace").splitlines()[-count:]


class Tail:
    """Hands out what was added to the logs of a directory since the last look."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, int] = {}

    def new_lines(self) -> list[str]:
        """Give every whole new line, with the log's name before it."""
        logs = sorted(self._directory.glob("*.log"))
        return [f"[{log.stem}] {line}" for log in logs for line in self._new_lines_of(log)]

    def _new_lines_of(self, log: Path) -> list[str]:
        with log.open("rb") as file:
            # A log shorter than what was read of it was begun anew.
            offset = min(self._read.get(log, 0), log.stat().st_size)
            file.seek(offset)
            whole, newline, _rest = file.read().rpartition(b"\n")
        self._read[log] = offset + len(whole) + len(newline)
        return whole.decode(errors="replace").split("\n") if newline else []
