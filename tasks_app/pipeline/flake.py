"""A red check may be a whim of CI: it is run again once on the same head before it counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from closedloop.ports.checks import Check, CheckOutcome
from tasks_app.pipeline.ci import age

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

#: How long the forge may take to show that something runs again.
_SHOWS_WITHIN = timedelta(minutes=1)
#: After so many second runs in a row that ended red as well, a first one is believed.
BELIEVED_AFTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAgain:
    """Have the failed jobs of these workflow runs run again."""

    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOn:
    """It does not count yet."""

    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """That they were run again."""

    at: datetime
    #: `mark` of the failed checks; empty when it is not known.
    red_mark: str


def second_chance(
    failed: Sequence[Check],
    checks: Iterable[Check],
    retried: Retried | None,
    *,
    believed: bool,
    now: datetime,
) -> RunAgain | HoldOn | None:
    """What becomes of a red head whose required checks `failed`, of all its `checks`; None when it counts.

    `believed` says that a second run would be wasted. What the forge cannot run again counts at once. A
    workflow that still runs has to end first: the forge refuses to repeat it before.
    """
    names = tuple(check.name for check in failed)
    if retried is not None:
        is_shown = retried.red_mark not in ("", mark(failed))
        return None if is_shown or now >= retried.at + _SHOWS_WITHIN else HoldOn(waiting_for=names)
    runs = {check.run_id for check in failed if check.run_id is not None}
    if believed or len(runs) == 0 or any(check.run_id is None for check in failed):
        return None
    running = tuple(c.name for c in checks if c.run_id in runs and c.outcome is CheckOutcome.PENDING)
    return HoldOn(waiting_for=running) if running else RunAgain(runs=tuple(sorted(runs)))


def mark(checks: Sequence[Check]) -> str:
    """What changes once one of them is run again: which began last, and when; empty without any.

    A second run is a new report, or the same one begun anew. Clocks of forges count seconds, so its start
    alone does not tell a second run from a first one.
    """
    newest = max(enumerate(checks), key=age, default=None)
    return f"{newest[1].report_id}@{age(newest)[0]:.0f}" if newest else ""


def is_repeated(red: Sequence[Check], seen: Sequence[Check]) -> bool:
    """Whether the workflow run of these red checks was run again, by all that is `seen` of it now.

    Its other checks may have begun later, and passed. Of what shows nothing, nothing is known.
    """
    names = {check.name for check in red}
    now = [check for check in seen if check.name in names]
    return any(check.outcome is CheckOutcome.PENDING for check in seen) or mark(now) not in ("", mark(red))


def is_believed(turned_green: Sequence[bool]) -> bool:
    """Whether the last second runs, newest first, all ended red as well."""
    last = turned_green[:BELIEVED_AFTER]
    return len(last) == BELIEVED_AFTER and not any(last)
