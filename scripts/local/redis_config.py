"""The configuration files of the embedded Redis servers.

There are two, because writing through to the disk costs some milliseconds per command: the broker cannot
afford them, the spool cannot do without.
"""

import os
from pathlib import Path

from scripts.local.ports import HOST

#: By name of the server and of its directory: when an answered write is on the disk.
_FSYNC = {"redis": "everysec", "spool": "always"}


def write_config(data_dir: Path, name: str, *, port: int, password: str) -> Path:
    """Write the file for this run, readable by this user only since it holds the password."""
    file = data_dir / name / "redis.conf"
    settings = {
        "bind": HOST,
        "port": str(port),
        "protected-mode": "yes",
        "requirepass": password,
        "dir": _quoted(str(data_dir / name)),
        "daemonize": "no",
        # The append-only file is enough to survive `kill -9`; snapshots would only write everything twice.
        "appendonly": "yes",
        "appendfsync": _FSYNC[name],
        "save": '""',
        # Losing a key silently is worse than an error that somebody sees.
        "maxmemory-policy": "noeviction",
    }
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.writelines(f"{name} {value}\n" for name, value in settings.items())
    return file


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
