"""Whose fault red checks are: what fails on the base itself speaks against nobody aboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasks_app.pipeline.ci import Red, read_checks
from tasks_app.services.pulls import Abandonment, Fate, red
from tasks_app.services.required import required_of, requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.ports.forge import PullView
    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest


def failed_on(sha: str, pull: PullRequest, view: PullView, ports: Ports) -> tuple[str, ...]:
    """The required checks of the pull request's base branch that fail on a commit. Raises PortErrors."""
    checks = tuple(ports.pulls().checks_of(sha))
    required = required_of(requirements(pull.lane.base_branch, ports, now=ports.clock()))
    verdict = read_checks(replace(view, head_sha=sha, checks=checks), required)
    return verdict.failed if isinstance(verdict, Red) else ()


def blamed(pull: PullRequest, view: PullView, failed: Sequence[str], ports: Ports) -> Abandonment:
    """What follows from red checks; a task alone does not fail for what its base fails as well.

    Several are divided whatever the base says: its red may have passed, or be a flake. Raises PortErrors.
    """
    why = red(pull, "failed: " + ", ".join(failed))
    if why.fate is not Fate.FAIL:
        return why
    if not set(failed) <= set(failed_on(pull.base_sha, pull, view, ports)):
        return why
    detail = f"{why.detail}; so does {pull.base_sha[:12]}, on which it is built: mend it, then retry"
    return Abandonment(code="base_red", detail=detail, fate=Fate.ASK, closes=True)
