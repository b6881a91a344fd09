"""What CI reported on a commit, and what has to be green before a merge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from closedloop.ports.merging import ANY_METHOD, MergeMethod

if TYPE_CHECKING:
    from datetime import datetime


class CheckOutcome(StrEnum):
    """A check run's or commit status' outcome, both APIs folded into one scale."""

    PENDING = "pending"
    SUCCESS = "success"
    NEUTRAL = "neutral"  # neutral and skipped: satisfies a required check, proves nothing alone
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check run or commit status on a commit."""

    #: The name that branch protection refers to.
    name: str
    outcome: CheckOutcome
    #: Numeric id of the app that reported it; None for commit statuses.
    app_id: int | None = None
    #: Where a person reads the details; may be empty.
    url: str = ""
    #: When it was started; None when the forge does not say. The newest run of a name counts.
    started_at: datetime | None = None
    #: When it was over; None while it is not, or when the forge does not say.
    completed_at: datetime | None = None
    #: The workflow run whose failed jobs can be run again; None when the forge cannot do that.
    run_id: int | None = None
    #: The forge's name for this report; mostly another one for each run of the same check.
    report_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredCheck:
    """A check that must be green before a merge."""

    name: str
    #: App that has to report it; None when any may.
    app_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What branch protection and rulesets demand of a branch."""

    checks: tuple[RequiredCheck, ...]
    #: False when the token may not read them: then settings must name the checks.
    is_readable: bool
    #: Whether the forge itself enforces them on merges.
    is_enforced: bool
    #: Merge methods that the rules read along leave open.
    methods: frozenset[MergeMethod] = ANY_METHOD
    #: Whether the rules read along forbid merge commits.
    is_linear: bool = False
    #: Whether they take only what has all commits of the branch. Not every rule that says so can be read.
    is_strict: bool = False
