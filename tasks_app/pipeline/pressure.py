"""When to come back to a queue that is full. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Both are looked at: the minute knows that the queue has begun to move, the five that it moves in fits.
MINUTE_S, FIVE_MINUTES_S = 60, 300
#: Said when nothing has left the queue: whoever mends it needs a while.
UNKNOWN_S = 60
_SOONEST_S, _LATEST_S = 1, 600
#: One place in so many has to be free, so that not everybody comes back for the same one.
_ROOM = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """A queue that is full."""

    #: Tasks that no pull request carries yet, and how many of them are allowed.
    waiting: int
    limit: int
    #: Tasks that left it within the last minute, and within the last five.
    left_in_minute: int
    left_in_five: int


def retry_after_s(pressure: Pressure) -> int:
    """Seconds until there is room again, at the pace at which tasks left it lately."""
    per_second = max(pressure.left_in_minute / MINUTE_S, pressure.left_in_five / FIVE_MINUTES_S)
    if not per_second:
        return UNKNOWN_S
    too_many = pressure.waiting - pressure.limit + 1 + pressure.limit // _ROOM
    return min(max(math.ceil(too_many / per_second), _SOONEST_S), _LATEST_S)
