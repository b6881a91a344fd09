"""The newest entries of one kind, kept in the store: chat calls, messages to sinks, deliveries."""

from collections.abc import Mapping
from typing import Any

from sandbox.store import Store

KEPT = 500


class Journal:
    """Entries by number, oldest first; the oldest are forgotten."""

    def __init__(self, store: Store, kind: str, kept: int = KEPT) -> None:
        self._store = store
        self._kind = kind
        self._kept = kept

    def add(self, entry: Mapping[str, Any]) -> int:
        """Keep an entry and return its number, which the entry also carries as `id`."""
        number = self._store.next_id(self._kind)
        self._store.put(self._kind, number, {"id": number, **entry})
        self._store.delete(self._kind, number - self._kept)
        return number

    def change(self, number: int, changes: Mapping[str, Any]) -> None:
        """Replace fields of an entry; one that was forgotten stays so."""
        entry = self._store.get(self._kind, number)
        if entry is not None:
            self._store.put(self._kind, number, {**entry, **changes})

    def entries(self) -> list[dict[str, Any]]:
        """Return what is kept."""
        return [dict(entry) for entry in self._store.all(self._kind)]
