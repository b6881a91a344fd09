"""How FakeForge merges: the refusals in GitHub's order, then one of three methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.errors import Conflict, Refused
from closedloop.ports.forge import CheckOutcome
from tests.fakes.repository import MergeConflict

if TYPE_CHECKING:
    from closedloop.ports.forge import MergeOrder
    from tests.fakes.world import FakePull, FakeWorld

GREEN = {CheckOutcome.SUCCESS, CheckOutcome.NEUTRAL}


def merge_sha(world: FakeWorld, pull: FakePull, order: MergeOrder) -> str:
    """Create the merge and return the new base commit; raises Refused or Conflict as the port says."""
    if pull.state != "open":
        raise Refused("the pull request is not mergeable")
    if pull.head_sha != order.head_sha:
        raise Conflict("the head branch was modified")
    _refuse_missing_checks(world, pull)
    try:
        return _merge(world, pull, order)
    except MergeConflict:
        raise Refused("the pull request is not mergeable: conflict") from None


def _refuse_missing_checks(world: FakeWorld, pull: FakePull) -> None:
    requirements = world.requirements(pull.base_branch)
    if not requirements.is_enforced:
        return
    newest = {check.name: check.outcome for check in world.checks.get(pull.head_sha, ())}
    missing = [check.name for check in requirements.checks if newest.get(check.name) not in GREEN]
    if missing:
        raise Refused(f"required check {missing[0]} is expected")


def _merge(world: FakeWorld, pull: FakePull, order: MergeOrder) -> str:
    repository = world.repository
    base = repository.branches[pull.base_branch]
    message = f"{order.title}\n\n{order.message}".strip()
    match order.method:
        case "squash":
            return repository.commit((base,), message, repository.merge(base, pull.head_sha))
        case "merge":
            return repository.commit((base, pull.head_sha), message, repository.merge(base, pull.head_sha))
        case "rebase":
            head = base
            for sha in repository.own_commits(base, pull.head_sha):
                head = repository.pick(sha, head)
            return head
        case _:
            raise Refused(f"no merge method {order.method}")
