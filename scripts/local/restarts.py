"""Whether a process that died is started again, and when: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

#: so many deaths within so many seconds mean that another start will not help
MOST_DEATHS, WITHIN_S = 5, 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartAt:
    """Start it again."""

    #: when, on the clock of the deaths
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """It keeps dying."""

    #: how many times it died within the window
    deaths: int


def decide_restart(deaths_s: Sequence[float], now_s: float) -> RestartAt | GiveUp:
    """Decide from the times of all deaths so far, in seconds, the last of which was just now."""
    recent = sum(1 for death in deaths_s if now_s - death < WITHIN_S)
    if recent >= MOST_DEATHS:
        return GiveUp(deaths=recent)
    pause = min(_FIRST_PAUSE_S * 3 ** max(recent - 1, 0), _LONGEST_PAUSE_S)
    return RestartAt(at_s=now_s + pause)
