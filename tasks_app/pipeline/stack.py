"""When a second pull request is built on the head of the one in flight. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """The pull request that occupies the lane."""

    #: When its checks began; None before it is published.
    published_at: datetime | None
    #: It carries suspects, and is likely to be given up.
    is_trial: bool
    #: Whether its commits will be on the base as they are, so that what is built on them merges cleanly.
    keeps_commits: bool


def stacks_at(flight: InFlight, usual: timedelta | None, least: timedelta) -> datetime | None:
    """From when on others may leave on its head; None when they wait until it is merged.

    Half of CI's usual time later: sooner it would carry few, later it would save little. So whoever comes
    while the first one is under way is merged after one and a half times CI's time. Where CI takes less
    than `least` waiting is as good; with `least` of nothing nobody ever stacks.
    """
    if not least or usual is None or usual < least:
        return None
    if flight.published_at is None or flight.is_trial or not flight.keeps_commits:
        return None
    return flight.published_at + usual / 2
