"""What came of one run; known also where Django is not set up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.simulation.points import Passages


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    seed: int
    #: What was wrong, and after which step; empty when all was well.
    findings: tuple[str, ...]
    log: tuple[str, ...]
    #: What the events and the forge say in the end.
    records: tuple[str, ...]
    passages: Passages
    #: Simulated time from the last trouble until all came to rest.
    rest_after: timedelta


def without_log(outcome: Outcome) -> Outcome:
    """The same without what nobody reads when all was well."""
    return replace(outcome, log=(), records=())
