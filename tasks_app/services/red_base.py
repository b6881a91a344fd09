"""Whose fault red checks are: what fails on the base itself speaks against nobody aboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from closedloop.ports.checks import CheckOutcome
from tasks_app.pipeline.ci import counted
from tasks_app.pipeline.flake import HoldOn
from tasks_app.services.pulls import Abandonment, Fate, red
from tasks_app.services.required import required_of, requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest


def failed_on(sha: str, pull: PullRequest, view: PullView, ports: Ports) -> tuple[str, ...]:
    """The required checks of the pull request's base branch that fail on a commit. Raises PortErrors."""
    outcomes = _outcomes_on(sha, pull, view, ports)
    return tuple(name for name, outcome in outcomes.items() if outcome is CheckOutcome.FAILURE)


def blamed(
    pull: PullRequest, view: PullView, failed: Sequence[str], ports: Ports, *, is_late: bool
) -> Abandonment | HoldOn:
    """What follows from red checks; a task alone does not fail for what its base fails as well.

    While they still run on the base it is not known, and waited for unless it `is_late`. Several are divided
    whatever the base says: its red may have passed, or be a flake. Raises PortErrors.
    """
    why = red(pull, "failed: " + ", ".join(failed))
    if why.fate is not Fate.FAIL:
        return why
    base = _outcomes_on(pull.base_sha, pull, view, ports)
    running = tuple(name for name in failed if base.get(name) is CheckOutcome.PENDING)
    if any(base.get(name) is not CheckOutcome.FAILURE for name in failed if name not in running):
        return why
    if running:
        return why if is_late else HoldOn(waiting_for=tuple(f"{name} of the base" for name in running))
    detail = f"{why.detail}; so does {pull.base_sha[:12]}, on which it is built: mend it, then retry"
    return Abandonment(code="base_red", detail=detail, fate=Fate.ASK, closes=True)


def _outcomes_on(sha: str, pull: PullRequest, view: PullView, ports: Ports) -> dict[str, CheckOutcome]:
    """Of the required checks as far as there are any on this commit, the newest of each."""
    checks = tuple(ports.pulls().checks_of(sha))
    required = required_of(requirements(pull.lane.base_branch, ports, now=ports.clock()))
    found = counted(replace(view, head_sha=sha, checks=checks), required)
    return {check.name: check.outcome for check in found}
