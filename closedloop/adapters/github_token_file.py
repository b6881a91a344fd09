"""Tokens from a file that somebody else keeps fresh, as secret stores and rotation jobs do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from closedloop.adapters.github_tokens import FixedToken, fixed_tokens

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)

_Mark = tuple[int, int, int]


class TokenFile:
    """The tokens in a file, one per line or separated by commas; read anew whenever the file changes.

    While the file is missing, unreadable or empty the tokens of before stay in use.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._lock = threading.Lock()
        self._mark: _Mark | None = None
        self._known: tuple[FixedToken, ...] = ()
        self._is_lost = False

    def __call__(self) -> tuple[FixedToken, ...]:
        """The tokens as the file has them now, or had them last."""
        with self._lock:
            try:
                self._look()
            except (OSError, UnicodeDecodeError) as error:
                self._miss(type(error).__name__)
            return self._known

    def _look(self) -> None:
        seen = self._path.stat()
        mark = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if mark == self._mark and not self._is_lost:
            return
        text = self._path.read_text(encoding="utf-8")
        found = fixed_tokens(*text.replace(",", " ").split(), name=self._name)
        if not found:
            self._miss("empty")
            return
        if self._known:
            log.info("forge_tokens_read", source=self._name, tokens=len(found))
        self._known, self._mark, self._is_lost = found, mark, False

    def _miss(self, why: str) -> None:
        if not self._is_lost:
            log.warning("forge_tokens_unreadable", source=self._name, why=why, kept=len(self._known))
        self._is_lost = True
