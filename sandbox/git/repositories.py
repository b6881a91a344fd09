"""The bare repositories on disk."""

import threading
from pathlib import Path

import pygit2

_SETTINGS = {
    "uploadpack.allowReachableSHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "core.logAllRefUpdates": "false",
    "gc.auto": "0",
}


class Repositories:
    """Opens bare repositories by `owner/name`, once per thread."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._opened = threading.local()

    def path(self, full_name: str) -> Path:
        """Where the repository is on disk."""
        return self._root / f"{full_name}.git"

    def create(self, full_name: str, default_branch: str = "main") -> pygit2.Repository:
        """Make an empty bare repository."""
        path = self.path(full_name)
        repository = pygit2.init_repository(str(path), bare=True, initial_head=default_branch)
        for name, value in _SETTINGS.items():
            repository.config[name] = value
        return self.open(full_name)

    def open(self, full_name: str) -> pygit2.Repository:
        """Return the repository, for use in the calling thread only."""
        opened: dict[str, pygit2.Repository] | None = getattr(self._opened, "by_name", None)
        if opened is None:
            opened = self._opened.by_name = {}
        if full_name not in opened:
            opened[full_name] = pygit2.Repository(str(self.path(full_name)))
        return opened[full_name]
