"""What CI says of a pull request's head: pure reading of checks against what is required."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.ports.forge import Check, CheckOutcome, PullView, RequiredCheck, Requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Green:
    """Every required check succeeded on this head."""

    head_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Red:
    """At least one required check failed."""

    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Nothing failed, but these have not succeeded yet."""

    waiting_for: tuple[str, ...]


CiVerdict = Green | Red | Open

#: Named when nothing at all is required: no checks is not green.
NO_CHECKS = "(no required check is configured)"


def required_names(requirements: Requirements, configured: Iterable[str]) -> tuple[RequiredCheck, ...]:
    """Required checks from the forge and from settings together, each once.

    A check that the forge binds to an app stays bound: settings cannot loosen it.
    """
    named = {check.name for check in requirements.checks}
    extra = tuple(RequiredCheck(name=name) for name in dict.fromkeys(configured) if name not in named)
    return (*requirements.checks, *extra)


def read_checks(view: PullView, required: Sequence[RequiredCheck]) -> CiVerdict:
    """Fold the newest check of each required name into one verdict on the view's head."""
    if not required:
        return Open(waiting_for=(NO_CHECKS,))
    newest = {want.name: _newest(view.checks, want) for want in required}
    outcomes = {name: check.outcome if check else None for name, check in newest.items()}
    failed = tuple(name for name, outcome in outcomes.items() if outcome is CheckOutcome.FAILURE)
    if failed:
        return Red(failed=failed)
    waiting = tuple(
        name
        for name, outcome in outcomes.items()
        if outcome not in (CheckOutcome.SUCCESS, CheckOutcome.NEUTRAL)
    )
    if waiting:
        return Open(waiting_for=waiting)
    if CheckOutcome.SUCCESS not in outcomes.values():
        # Everything was skipped: nothing has been proved about this head.
        return Open(waiting_for=tuple(outcomes))
    return Green(head_sha=view.head_sha)


def counted(view: PullView, required: Sequence[RequiredCheck]) -> tuple[Check, ...]:
    """The newest check of each required name, as far as there is one: those that make the verdict."""
    return tuple(check for want in required if (check := _newest(view.checks, want)))


def _newest(checks: Iterable[Check], want: RequiredCheck) -> Check | None:
    matching = [check for check in checks if check.name == want.name and want.app_id in (None, check.app_id)]
    # Of runs that began in the same second the one reported later counts.
    newest = max(enumerate(matching), key=age, default=None)
    return newest[1] if newest else None


def age(numbered: tuple[int, Check]) -> tuple[float, int]:
    """A key by which the newest of enumerated checks sorts last."""
    number, check = numbered
    if check.started_at:
        return check.started_at.timestamp(), number
    # What waits for a runner has no start yet, and is younger than all that have one.
    return math.inf if check.outcome is CheckOutcome.PENDING else 0.0, number
