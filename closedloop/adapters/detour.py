"""A second way to the same answer, for a while, once the first one turned out to be closed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import structlog

from closedloop.adapters.github_errors import NoGraphql

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

log = structlog.get_logger(__name__)

#: How long nobody tries whether the first way is open again, in seconds: a try costs a request.
_CLOSED_S = 30.0


class Detour:
    """Remembers by errand which ways are closed; safe in threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed_until: dict[str, float] = {}

    def either(self, errand: str, first: Callable[[], R], second: Callable[[], R]) -> R:
        """Ask by GraphQL, which is `first`, or by the `second` way while that cannot be had.

        Raises the PortErrors of the way that was taken.
        """
        if self._clock() >= self._closed_until.get(errand, float("-inf")):
            try:
                return first()
            except NoGraphql as error:
                log.warning("graphql_unusable", errand=errand, detail=error.detail)
                self._closed_until[errand] = self._clock() + _CLOSED_S
        return second()
