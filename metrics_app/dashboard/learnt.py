"""What the loop has learnt about how long things take, and how well it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from closedloop.chapters import spell
from metrics_app.selectors.promises import typical_error
from tasks_app.pipeline.states import State
from tasks_app.selectors import target_repository
from tasks_app.services.learning import usual_checks, usual_stays

if TYPE_CHECKING:
    from datetime import datetime

    from tasks_app.pipeline.pace import Usual


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntLine:
    """One check or stage."""

    name: str
    is_check: bool
    #: Half are over before this, nine of ten before that.
    typical: str
    late: str


def learnt(now: datetime) -> dict[str, Any]:
    """Checks first, then stages in the order of the way; and how far off predicted ends were."""
    repository = target_repository()
    checks, stages = usual_checks(repository, now=now), usual_stays(repository, now=now)
    lines = [_line(name, usual, is_check=True) for name, usual in sorted(checks.items())]
    on_the_way = [(state, stages[state]) for state in State if state in stages]
    lines += [_line(state.value.replace("_", " "), usual, is_check=False) for state, usual in on_the_way]
    error = typical_error()
    return {"lines": lines, "error": None if error is None else spell(error)}


def _line(name: str, usual: Usual, *, is_check: bool) -> LearntLine:
    return LearntLine(name=name, is_check=is_check, typical=spell(usual.typical), late=spell(usual.late))
