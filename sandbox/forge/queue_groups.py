"""Merge groups: the branches on which a queue tries what it will merge, and their webhooks.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
"""

from typing import Any

from sandbox.forge.issues import find_issue
from sandbox.forge.merge_queue import ROBOT, save_entry
from sandbox.forge.merging import MergeRequest, merged_commit
from sandbox.forge.publish import publish
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.refs import HEADS, RefChange, apply_change
from sandbox.forge.rules import Queue
from sandbox.store import Doc
from sandbox.views.checks import simple_commit
from sandbox.world import World


def build_group(world: World, repo: Doc, entry: Doc, queue: Queue, parent: str) -> Doc:
    """Merge an entry onto `parent` on a branch of its own, and have it checked; ConflictError."""
    name = repo["full_name"]
    pull = find_issue(world, name, entry["number"])
    head = merged_commit(world, repo, ROBOT, pull, (MergeRequest(method=queue.method), parent))
    ref = f"{HEADS}gh-readonly-queue/{entry['base']}/pr-{entry['number']}-{parent}"
    group = {"ref": ref, "head": head, "parent": parent, "built_s": world.now().timestamp()}
    built = save_entry(world, name, entry, group=group)
    old = branch_tip(world, name, ref.removeprefix(HEADS))
    apply_change(world, repo, ROBOT, RefChange(name=ref, old=old, new=head))
    publish(world, repo, "merge_group", ROBOT, {"action": "checks_requested", **_shown(world, name, built)})
    return built


def drop_group(world: World, repo: Doc, entry: Doc, reason: str) -> None:
    """Delete what was built for an entry, if anything was: merged, dequeued or invalidated."""
    group, name = entry["group"], repo["full_name"]
    if group is None:
        return
    tip = branch_tip(world, name, group["ref"].removeprefix(HEADS))
    if tip is not None:
        apply_change(world, repo, ROBOT, RefChange(name=group["ref"], old=tip, new=None))
    payload = {"action": "destroyed", "reason": reason, **_shown(world, name, entry)}
    publish(world, repo, "merge_group", ROBOT, payload)


def _shown(world: World, full_name: str, entry: Doc) -> dict[str, Any]:
    group = entry["group"]
    shown = {
        "head_sha": group["head"],
        "head_ref": group["ref"],
        "base_sha": group["parent"],
        "base_ref": f"{HEADS}{entry['base']}",
        "head_commit": simple_commit(world, full_name, group["head"]),
    }
    return {"merge_group": shown}
