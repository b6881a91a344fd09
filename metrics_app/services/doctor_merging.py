"""The doctor on how changes get into the base branch: what the repository allows, and what will be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.doctor import has_credentials
from closedloop.ports.merging import MergeMethod
from metrics_app.services.diagnosis import Diagnosis, fail, ok, warn
from tasks_app.pipeline.merge_way import Barred, Way, WayIn, choose
from tasks_app.services import required

if TYPE_CHECKING:
    from collections.abc import Iterator

    from closedloop.ports.forge import MergeRules
    from closedloop.wiring import Ports

_NAME = "merging"
#: A party of how many, for what is said of one and of several.
_ONE, _MANY = 1, 2
_WAYS = {
    WayIn.DIRECT: "we merge",
    WayIn.AUTO_MERGE: "the forge merges once nothing is missing",
    WayIn.QUEUE: "the branch's merge queue merges",
}


def merging(ports: Ports) -> Iterator[Diagnosis]:
    """What is allowed, what will be done, and whether branches stay behind; nothing without a repository."""
    if not settings.GITHUB_REPO or not has_credentials():
        return
    required.forget()
    branch, now = settings.GITHUB_BASE_BRANCH, ports.clock()
    rules = required.merge_rules(branch, ports, now=now)
    yield ok(_NAME, _allowed(rules))
    yield from _plans(rules)
    if required.requirements(branch, ports, now=now).is_strict and not rules.queue:
        mend = "A merge queue brings them up to date itself; or do not require it, since our guards ask anew."
        yield warn(_NAME, f"{branch} takes only what is up to date: each push to it costs a run of CI", mend)
    if rules.deletes_branches:
        yield ok(_NAME, "branches are deleted on merge")
    else:
        mend = 'Turn on "Automatically delete head branches" in the repository.'
        yield warn(_NAME, "branches stay behind after a merge", mend)


def _allowed(rules: MergeRules) -> str:
    methods = ", ".join(method for method in MergeMethod if method in rules.methods) or "no method"
    linear = "; the branch takes no merge commits" if rules.is_linear else ""
    queue = "a merge queue" if rules.queue else "no merge queue"
    later = "auto-merge is allowed" if rules.allows_auto_merge else "auto-merge is not allowed"
    return f"{settings.GITHUB_BASE_BRANCH} allows {methods}{linear}; it has {queue}; {later}"


def _plans(rules: MergeRules) -> Iterator[Diagnosis]:
    plans = [choose(rules, required.wishes(), party_size=size) for size in (_ONE, _MANY)]
    barred = [plan for plan in plans if isinstance(plan, Barred)]
    if barred:
        mend = "Set MERGE_METHOD and MERGE_STRATEGY to what is allowed, or to auto."
        yield fail(_NAME, f"{barred[0].code}: {barred[0].detail}", mend)
        return
    one, many = (plan for plan in plans if isinstance(plan, Way))
    yield ok(_NAME, f"{_WAYS[one.by]}: one task by {_by(one)}, several by {_by(many)}")
    if rules.queue and one.by is WayIn.DIRECT:
        mend = "Set MERGE_STRATEGY=auto, unless the token's account bypasses the queue."
        yield warn(_NAME, "the branch has a merge queue that is to be passed by", mend)
    if many.method is MergeMethod.SQUASH:
        mend = "Allow merge commits or rebase merges, if each task shall keep a commit of its own."
        yield warn(_NAME, "tasks that travel together become one commit", mend)


def _by(way: Way) -> str:
    return way.method or "the queue's own method"
