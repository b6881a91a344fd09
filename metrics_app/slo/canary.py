"""Does a worker that looks alive really take jobs? Judged from what its own process sees, values alone.

A worker sends itself canaries. While they leave, and its pool has room, a job must begin now and then: any
job will do, the canary only makes sure that there is one. Nothing else than silence under these conditions
counts, so that a broker or database that is away, or long jobs, never look like a worker that is deaf.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Seconds that one look may add. More have passed only if the whole process stood still, and then nothing
#: could have begun either.
LONGEST_LOOK_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is seen at one moment."""

    #: Monotonic clock.
    at_s: float
    #: Jobs begun since the worker started.
    begun: int
    #: Whether every place of the pool is taken by a job that may still be running properly.
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is known after some looks."""

    #: The latest look.
    at_s: float
    #: Jobs begun by then.
    begun: int
    #: Whether a canary has left since a job last began.
    is_waiting: bool = False
    #: Seconds for which nothing began although it should have.
    lasted_s: float = 0.0


def listen(silence: Silence, look: Look) -> Silence:
    """Judge one more look: a beginning ends the silence, a full pool stops its clock."""
    if look.begun != silence.begun:
        return Silence(at_s=look.at_s, begun=look.begun)
    if not silence.is_waiting or look.is_full:
        return replace(silence, at_s=look.at_s)
    passed_s = min(max(look.at_s - silence.at_s, 0.0), LONGEST_LOOK_S)
    return replace(silence, at_s=look.at_s, lasted_s=silence.lasted_s + passed_s)


def sent(silence: Silence, *, has_left: bool) -> Silence:
    """Note a canary: while none can leave, none can be missed, and the clock starts again."""
    if has_left:
        return replace(silence, is_waiting=True)
    return replace(silence, is_waiting=False, lasted_s=0.0)
