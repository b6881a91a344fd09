"""Connections that give up: on connecting as on every answer.

The server's own time-outs do not help while it hangs or the network swallows packets, and libpq's
`connect_timeout` is never less than two seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


def connect(conninfo: str = "", *, hasty_limit_s: float, **parameters: Any) -> HastyConnection:
    """As `psycopg.connect`, with at most `hasty_limit_s` seconds for each wait."""

    class LimitedConnection(HastyConnection):
        limit_s = hasty_limit_s

    return LimitedConnection.connect(conninfo, **parameters)


class HastyConnection(psycopg.Connection[Any]):
    """Raises OperationalError when an answer does not come in time; the connection is of no more use then."""

    limit_s = 1.0

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Generator[Any, Any, Any]:
        # psycopg has no public way to a limit below two seconds.
        return _within(cls.limit_s, super()._connect_gen(conninfo))

    # https://www.psycopg.org/psycopg3/docs/api/connections.html: `wait` is what every operation goes through.
    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for one answer."""
        try:
            return super().wait(gen, interval, self.limit_s if timeout is None else timeout)
        except errors._WaitTimeout:  # noqa: SLF001 - what `wait` is documented to raise
            # Without its socket nothing else waits for it either, as a rollback would.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.limit_s:g} s") from None


def _within(limit_s: float, connecting: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """The same generator, which is woken ten times a second, ended after `limit_s` seconds."""
    give_up_at_s = time.monotonic() + limit_s
    wanted = next(connecting)
    while True:
        ready = yield wanted
        if time.monotonic() > give_up_at_s:
            connecting.close()
            raise psycopg.OperationalError(f"no connection within {limit_s:g} s")
        try:
            wanted = connecting.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # its type is T
