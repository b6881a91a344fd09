"""How FakeForge merges, at once, later or in turn: refusals in GitHub's order, then one of three methods."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from closedloop.ports.errors import AlreadyClean, Conflict, Refused
from closedloop.ports.forge import CheckOutcome
from tests.fakes.repository import MergeConflict

if TYPE_CHECKING:
    from closedloop.ports.forge import MergeOrder
    from tests.fakes.queue import Entry
    from tests.fakes.world import FakePull, FakeWorld

GREEN = {CheckOutcome.SUCCESS, CheckOutcome.NEUTRAL}


def merge_sha(world: FakeWorld, pull: FakePull, order: MergeOrder) -> str:
    """Create the merge and return the new base commit; raises Refused or Conflict as the port says."""
    if pull.state != "open":
        raise Refused("the pull request is not mergeable")
    if pull.head_sha != order.head_sha:
        raise Conflict("the head branch was modified")
    if order.method not in world.rules.methods:
        raise Refused(f"{order.method} merges are not allowed on this repository")
    if world.rules.queue is not None:
        raise Refused("changes must be made through the merge queue")
    _refuse_missing_checks(world, pull)
    _refuse_behind(world, pull)
    try:
        return _merge(world, pull, order)
    except MergeConflict:
        raise Refused("the pull request is not mergeable: conflict") from None


def _refuse_missing_checks(world: FakeWorld, pull: FakePull) -> None:
    requirements = world.requirements(pull.base_branch)
    if not requirements.is_enforced:
        return
    newest = {check.name: check.outcome for check in world.checks.get(pull.head_sha, ())}
    if world.wants_more:
        raise Refused("an approving review is required")
    missing = [check.name for check in requirements.checks if newest.get(check.name) not in GREEN]
    if missing:
        raise Refused(f"required check {missing[0]} is expected")


def _refuse_behind(world: FakeWorld, pull: FakePull) -> None:
    if world.is_behind(pull):
        raise Refused("the head branch is not up to date with the base branch")


def settle_merge(world: FakeWorld, pull: FakePull, sha: str) -> str:
    """Write down that it is merged."""
    pull.merge_sha, pull.state, pull.merged_at = sha, "merged", world.clock()
    pull.is_auto_merging = False
    world.repository.branches[pull.base_branch] = sha
    return sha


def enable_auto_merge(world: FakeWorld, pull: FakePull, order: MergeOrder) -> None:
    """Merge later; refused where that is not allowed, or where nothing is missing."""
    if not world.rules.allows_auto_merge:
        raise Refused("auto-merge is not allowed for this repository")
    if pull.head_sha != order.head_sha:
        raise Conflict("the head branch was modified")
    if pull.state != "open":
        raise Refused(f"the pull request is {pull.state}")
    try:
        _refuse_missing_checks(world, pull)
        _refuse_behind(world, pull)
    except Refused:
        pull.is_auto_merging, world.later[pull.number] = True, order
        return
    raise AlreadyClean("the pull request is in clean status")


def enqueue(world: FakeWorld, pull: FakePull, order: MergeOrder) -> None:
    """Take a place in the queue; the group's commit is made at once."""
    if world.rules.queue is None:
        raise Refused("the branch has no merge queue")
    if pull.state != "open":
        raise Refused(f"the pull request is {pull.state}")
    if pull.head_sha != order.head_sha:
        raise Conflict("the head branch was modified")
    _refuse_missing_checks(world, pull)
    base = world.repository.branches[pull.base_branch]
    try:
        files = world.repository.merge(base, pull.head_sha)
    except MergeConflict:
        raise Refused("the pull request is not mergeable: conflict") from None
    group = world.repository.commit((base, pull.head_sha), f"Group of #{pull.number}", files)
    world.queue.add(order, group, world.clock())


def work(world: FakeWorld) -> None:
    """What the forge does by itself meanwhile: the queue's turn, then what waits to be mergeable."""
    for number in [entry.order.number for entry in world.queue.entries]:
        pull = world.pulls[number]
        if pull.state != "open" or pull.head_sha != _order_of(world, number).head_sha:
            world.queue.drop(number)
    while (entry := world.queue.next_ready(world.clock())) is not None:
        world.queue.drop(entry.order.number)
        _leave_queue(world, entry)
    for number, order in list(world.later.items()):
        _merge_later(world, world.pulls[number], order)


def _order_of(world: FakeWorld, number: int) -> MergeOrder:
    return next(entry.order for entry in world.queue.entries if entry.order.number == number)


def _leave_queue(world: FakeWorld, entry: Entry) -> None:
    pull, outcome = world.pulls[entry.order.number], world.queue.ci or CheckOutcome.PENDING
    for check in world.requirements(pull.base_branch).checks:
        world.report(entry.group_sha, check.name, outcome, app_id=check.app_id)
    method = world.rules.queue.method if world.rules.queue else None
    if outcome in GREEN and method is not None:
        with suppress(MergeConflict):
            settle_merge(world, pull, _merge(world, pull, replace(entry.order, method=method)))


def _merge_later(world: FakeWorld, pull: FakePull, order: MergeOrder) -> None:
    if pull.state != "open" or pull.head_sha != order.head_sha:
        del world.later[pull.number]
        pull.is_auto_merging = False
        return
    with suppress(Refused):
        settle_merge(world, pull, merge_sha(world, pull, order))
        del world.later[pull.number]


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
