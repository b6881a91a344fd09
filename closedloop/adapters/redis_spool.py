"""The spool on Redis: a list in the order of arrival, and what finds an entry without walking it.

`agent:spool:order` list of entries, `uuid JSON` each · `agent:spool:tasks` hash id → entry ·
`agent:spool:questions` hash fingerprint → id · `agent:spool:keys` hash Idempotency-Key → `id sha256` ·
`agent:spool:aside` list of entries that could not be replayed. Nothing has a time to live.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from redis.exceptions import RedisError, ResponseError

from closedloop.adapters.redis_spool_scripts import FIND, KEEP, REMOVE, SET_ASIDE
from closedloop.ports.errors import Unavailable
from closedloop.ports.spool import Finding, SpoolAnswer, Spooled, SpoolItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

ORDER, TASKS, ASIDE = "agent:spool:order", "agent:spool:tasks", "agent:spool:aside"
_ALL = (ORDER, TASKS, "agent:spool:questions", "agent:spool:keys")
_TEXTS = ("question", "fingerprint", "client", "key", "body_hash")

#: What has to be set so that an answer means "on the disk", and that nothing is thrown out for room.
_NEEDED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
#: Servers before 7.0 take one pattern per question.
_PATTERNS = ("append*", "maxmemory-policy")


class RedisSpool:
    """Each method is one script or one command."""

    def __init__(self, redis: Redis, *, is_promised: bool) -> None:
        #: Has time-outs, repeats nothing, and leaves answers as bytes: entries may hold anything.
        self._redis = redis
        #: Whether an operator vouches for a server that does not show its configuration.
        self._is_promised = is_promised
        self._keep, self._find = redis.register_script(KEEP), redis.register_script(FIND)
        self._remove, self._aside = redis.register_script(REMOVE), redis.register_script(SET_ASIDE)

    def keep(self, spooled: Spooled, *, at_most: int) -> SpoolAnswer:
        """Look for question and key, count, append. By `appendfsync always` it is on the disk."""
        if trouble := self.trouble():
            raise Unavailable(f"nothing can be spooled: {trouble}")
        return self._ask(self._keep, [*_marks(spooled), _tail(spooled), str(at_most)])

    def find(self, spooled: Spooled) -> SpoolAnswer:
        """Look only."""
        return self._ask(self._find, _marks(spooled))

    def read(self, task_id: UUID) -> Spooled | None:
        """The entry under this id; None when there is none that can be read."""
        with _ours():
            raw: Any = self._redis.hget(TASKS, str(task_id))
        return parse(raw) if raw else None

    def oldest(self, at_most: int) -> list[SpoolItem]:
        """The head of the list."""
        with _ours():
            found: Any = self._redis.lrange(ORDER, 0, at_most - 1)
        return [SpoolItem(raw=raw, spooled=parse(raw)) for raw in found]

    def remove(self, item: SpoolItem) -> None:
        """Take the entry out with all that leads to it; a second time changes nothing."""
        with _ours():
            self._remove(keys=_ALL, args=[*_marks_of(item), item.raw])

    def set_aside(self, item: SpoolItem) -> None:
        """Move the entry as it is to the end of another list."""
        with _ours():
            self._aside(keys=[*_ALL, ASIDE], args=[*_marks_of(item), item.raw])

    def trouble(self) -> str:
        """Read the configuration anew each time: it can be changed while the server runs."""
        with _ours():
            try:
                found = self._configuration()
            except ResponseError:
                return "" if self._is_promised else "CONFIG GET is refused, and SPOOL_IS_DURABLE is not set"
        wrong = {name: wanted for name, wanted in _NEEDED.items() if found.get(name) != wanted}
        return ", ".join(f"{name} is {found.get(name)}, not {wanted}" for name, wanted in wrong.items())

    def _configuration(self) -> dict[str, str]:
        pipe = self._redis.pipeline(transaction=False)
        for pattern in _PATTERNS:
            pipe.config_get(pattern)
        return {_text(name): _text(value) for part in pipe.execute() for name, value in part.items()}

    def _ask(self, script: Any, arguments: list[str]) -> SpoolAnswer:
        with _ours():
            finding, task_id = (_text(part) for part in script(keys=_ALL, args=arguments))
        return SpoolAnswer(finding=Finding(finding), task_id=UUID(task_id) if task_id else None)


def parse(raw: bytes) -> Spooled | None:
    """An entry's bytes as a submission; None when they are none."""
    try:
        task_id, _, tail = raw.decode().partition(" ")
        fields = json.loads(tail)
        at = datetime.fromisoformat(fields["at"])
        if at.tzinfo is None:
            return None
        return Spooled(task_id=UUID(task_id), at=at, **{name: _storable(fields[name]) for name in _TEXTS})
    except (ValueError, KeyError, TypeError):
        return None


def _storable(text: object) -> str:
    """A text that a database takes: no NUL, no half of a surrogate pair (encoding raises for it)."""
    if not isinstance(text, str) or "\0" in text:
        raise TypeError
    text.encode()
    return text


def _tail(spooled: Spooled) -> str:
    fields = {name: getattr(spooled, name) for name in _TEXTS}
    return json.dumps({**fields, "at": spooled.at.isoformat()}, ensure_ascii=False)


def _marks(spooled: Spooled) -> list[str]:
    return [str(spooled.task_id), spooled.fingerprint, spooled.key, spooled.body_hash]


def _marks_of(item: SpoolItem) -> list[str]:
    return _marks(item.spooled) if item.spooled else [""] * 4


def _text(part: Any) -> str:
    return part.decode() if isinstance(part, bytes) else str(part)


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable(f"redis: {type(error).__name__}") from error
