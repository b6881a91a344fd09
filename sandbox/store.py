"""The sandbox's memory: JSON documents in one SQLite file, all of them also held in memory.

Reads never touch the disk. Writes go through to SQLite before they return (WAL, synchronous=NORMAL:
a killed process loses nothing, a power cut may lose the last moments). One process owns the file.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: a stored document is read-only; to change it, `put` a new one: `put(kind, key, {**old, "state": "closed"})`
Doc = Mapping[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key));
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_PUT = (
    "INSERT INTO document (kind, key, body) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
)
_COUNT = (
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class Store:
    """Documents by (kind, key), in the order in which they were first put; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        self._documents: dict[str, dict[str, Doc]] = {}
        self._indexes: dict[tuple[str, str], dict[Any, dict[str, None]]] = {}
        for kind, key, body in self._database.execute("SELECT kind, key, body FROM document ORDER BY seq"):
            self._documents.setdefault(kind, {})[key] = json.loads(body)
        self._counters: dict[str, int] = dict(self._database.execute("SELECT name, value FROM counter"))

    def get(self, kind: str, key: str | int) -> Doc | None:
        """Return the document, or None."""
        return self._documents.get(kind, {}).get(str(key))

    def all(self, kind: str) -> list[Doc]:
        """Every document of a kind, oldest first."""
        with self._lock:
            return list(self._documents.get(kind, {}).values())

    def find(self, kind: str, field: str, value: object) -> list[Doc]:
        """Documents of a kind whose `field` equals `value`, oldest first, by an index built on first use."""
        with self._lock:
            documents = self._documents.get(kind, {})
            index = self._indexes.get((kind, field))
            if index is None:
                index = self._indexes[kind, field] = {}
                for key, document in documents.items():
                    index.setdefault(document.get(field), {})[key] = None
            return [documents[key] for key in index.get(value, {})]

    def put(self, kind: str, key: str | int, document: Doc) -> Doc:
        """Store a document, replacing one of the same kind and key; it must consist of JSON values."""
        key = str(key)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._database.execute(_PUT, (kind, key, body))
            documents = self._documents.setdefault(kind, {})
            self._reindex(kind, key, documents.get(key), document)
            documents[key] = document
        return document

    def delete(self, kind: str, key: str | int) -> None:
        """Forget a document; one that is not there is no error."""
        key = str(key)
        with self._lock:
            self._database.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))
            gone = self._documents.get(kind, {}).pop(key, None)
            self._reindex(kind, key, gone, None)

    def next_id(self, counter: str = "id", *, start: int = 1) -> int:
        """Return the next number of a counter; never the same twice, also after a restart."""
        with self._lock:
            value = self._counters.get(counter, start - 1) + 1
            self._database.execute(_COUNT, (counter, value))
            self._counters[counter] = value
            return value

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Group writes into one commit of the file; other threads' writes wait. May be nested.

        An error inside does not undo writes already made: memory and file stay equal.
        """
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._database.execute("BEGIN")
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _reindex(self, kind: str, key: str, old: Doc | None, new: Doc | None) -> None:
        for (indexed_kind, field), index in self._indexes.items():
            if indexed_kind != kind:
                continue
            if old is not None and (new is None or old.get(field) != new.get(field)):
                index[old.get(field)].pop(key, None)
            if new is not None:
                index.setdefault(new.get(field), {})[key] = None
