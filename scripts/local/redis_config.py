"""The embedded Redis' configuration file."""

import os
from pathlib import Path

from scripts.local.ports import HOST


def write_config(data_dir: Path, *, port: int, password: str) -> Path:
    """Write the file for this run, readable by this user only since it holds the password."""
    file = data_dir / "redis" / "redis.conf"
    settings = {
        "bind": HOST,
        "port": str(port),
        "protected-mode": "yes",
        "requirepass": password,
        "dir": _quoted(str(data_dir / "redis")),
        "daemonize": "no",
        # The append-only file is enough to survive `kill -9`; snapshots would only write everything twice.
        "appendonly": "yes",
        "appendfsync": "everysec",
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
