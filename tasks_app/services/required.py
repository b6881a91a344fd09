"""What is required of a branch and how changes get into it, remembered for a short while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app.pipeline.ci import required_names
from tasks_app.pipeline.merge_way import Wishes, narrowed

if TYPE_CHECKING:
    from closedloop.ports.forge import MergeRules, RequiredCheck, Requirements
    from closedloop.wiring import Ports

#: Looks at CI may use an answer this old; the merge itself always asks anew.
_FRESH = timedelta(seconds=60)

_remembered: dict[tuple[str, str], tuple[datetime, Requirements]] = {}
_rules: dict[tuple[str, str], tuple[datetime, MergeRules]] = {}


def requirements(branch: str, ports: Ports, *, now: datetime, max_age: timedelta = _FRESH) -> Requirements:
    """Required checks of a branch, at most `max_age` old."""
    key = (settings.GITHUB_REPO, branch)
    asked_at, known = _remembered.get(key, (None, None))
    if known is None or asked_at is None or not timedelta(0) <= now - asked_at < max_age:
        known = ports.pulls().required_checks(branch)
        _remembered[key] = (now, known)
    return known


def merge_rules(branch: str, ports: Ports, *, now: datetime) -> MergeRules:
    """How changes get into a branch by the repository's settings and rulesets, at most a minute old."""
    key = (settings.GITHUB_REPO, branch)
    asked_at, known = _rules.get(key, (None, None))
    if known is None or asked_at is None or not timedelta(0) <= now - asked_at < _FRESH:
        known = ports.pulls().merge_rules(branch)
        _rules[key] = (now, known)
    return narrowed(known, requirements(branch, ports, now=now))


def wishes() -> Wishes:
    """What settings ask for."""
    return Wishes(strategy=settings.MERGE_STRATEGY, method=settings.MERGE_METHOD)


def required_of(found: Requirements) -> tuple[RequiredCheck, ...]:
    """Required by the forge or by settings."""
    return required_names(found, settings.REQUIRED_CHECKS)


def forget() -> None:
    """Ask anew next time, because the repository's rules are known to have changed."""
    _remembered.clear()
    _rules.clear()
