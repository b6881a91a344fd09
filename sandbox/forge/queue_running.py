"""Keeps merge queues going: builds groups, merges what is green, removes what is not.

1. From the first entry on, each is built onto the one before it, for as many as may be built at once; what
   stands on something that has gone is built anew, and what conflicts is removed.
2. `queue_steps` decides by the required checks on what was built: merge, remove or wait.
3. After a merge or a removal it begins again at 1.
"""

import asyncio

from sandbox.events import Event
from sandbox.forge.accounts import ensure_user
from sandbox.forge.enqueueing import dequeue
from sandbox.forge.issues import find_issue, save_issue
from sandbox.forge.merge_queue import ROBOT, entries_of, save_entry, seen
from sandbox.forge.merging import delete_head
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.pull_sync import announce_pull, merged_fields
from sandbox.forge.queue_groups import build_group, drop_group
from sandbox.forge.queue_steps import Merge, Remove, next_step
from sandbox.forge.refs import HEADS, RefChange, apply_change
from sandbox.forge.repos import find_repo
from sandbox.forge.rules import Queue, queue_of
from sandbox.git.merges import ConflictError
from sandbox.store import Doc
from sandbox.world import World

_STIRRING = ("pull_request", "check_run", "status", "push")


def watch(world: World) -> None:
    """Keep every queue going, from now on."""

    def stir(event: Event) -> None:
        for branch in {entry["base"] for entry in world.store.all(f"queue_entry:{event.repo}")}:
            _soon(world, event.repo, branch)

    async def resume() -> None:
        for repo in world.store.all("repo"):
            stir(Event(kind="", repo=repo["full_name"], payload={}))

    ensure_user(world, ROBOT, "Bot")
    for kind in _STIRRING:
        world.bus.subscribe(kind, stir)
    world.on_start.append(resume)


def _soon(world: World, full_name: str, branch: str, until_s: float = 0.0) -> None:
    """Look at a queue at an epoch second, once for all who ask for the same one; by default now."""
    key = ("queue", full_name, branch, round(until_s))
    if key in world.under_way:
        return
    world.under_way.add(key)

    async def later() -> None:
        await asyncio.sleep(max(0.0, until_s - world.now().timestamp()))
        world.under_way.discard(key)
        _advance(world, full_name, branch)

    world.spawn(later())


def _advance(world: World, full_name: str, branch: str) -> None:
    while True:
        repo = find_repo(world, full_name) or {}
        queue = queue_of(world, repo, branch)
        if queue is None:
            for entry in entries_of(world, full_name, branch):
                _remove(world, repo, entry["number"], "QUEUE_CLEARED")
            return
        _build(world, repo, branch, queue)
        now_s = world.now().timestamp()
        entries = entries_of(world, full_name, branch)
        step = next_step([seen(world, repo, one) for one in entries], queue, now_s)
        if isinstance(step, Remove):
            _remove(world, repo, step.number, step.reason)
        elif isinstance(step, Merge):
            _merge(world, repo, queue, entries[: step.count])
        else:
            if step.until is not None:
                _soon(world, full_name, branch, step.until)
            return


def _build(world: World, repo: Doc, branch: str, queue: Queue) -> None:
    name = repo["full_name"]
    parent, room = branch_tip(world, name, branch) or "", max(1, queue.most_built)
    for entry in entries_of(world, name, branch):
        pull = find_issue(world, name, entry["number"])
        if pull["state"] != "open":
            _remove(world, repo, pull["number"], "ALREADY_MERGED" if pull["merged_at"] else "MANUAL")
            continue
        if entry["group"] is None or entry["group"]["parent"] != parent or not room:
            drop_group(world, repo, entry, "invalidated")
            loose = save_entry(world, name, entry, group=None)
            built = _tried(world, repo, loose, queue, parent) if room else None
        else:
            built = entry
        if built is not None:
            parent, room = built["group"]["head"], room - 1


def _tried(world: World, repo: Doc, entry: Doc, queue: Queue, parent: str) -> Doc | None:
    try:
        return build_group(world, repo, entry, queue, parent)
    except ConflictError:
        _remove(world, repo, entry["number"], "MERGE_CONFLICT")
        return None


def _remove(world: World, repo: Doc, number: int, reason: str) -> None:
    dequeue(world, repo, ROBOT, find_issue(world, repo["full_name"], number), reason)


def _merge(world: World, repo: Doc, queue: Queue, entries: list[Doc]) -> None:
    """Move the base to the last entry's head, and close every pull request on the way as merged."""
    name, last = repo["full_name"], entries[-1]
    tip, now_s = branch_tip(world, name, last["base"]), world.now().timestamp()
    for entry in entries:
        world.store.put(
            f"queue_pace:{name}", entry["base"], {"seconds": round(now_s - entry["enqueued_s"], 3)}
        )
        world.tally.add(f"merge_{queue.method}")
        _close(world, name, entry)
    change = RefChange(name=f"{HEADS}{last['base']}", old=tip, new=last["group"]["head"])
    apply_change(world, repo, ROBOT, change)
    for entry in entries:
        pull = find_issue(world, name, entry["number"])
        announce_pull(world, repo, pull, "closed", ROBOT)
        dequeue(world, repo, ROBOT, pull, "MERGE")
        if repo["delete_branch_on_merge"]:
            delete_head(world, repo, ROBOT, pull)


def _close(world: World, full_name: str, entry: Doc) -> None:
    pull, group = find_issue(world, full_name, entry["number"]), entry["group"]
    closed = {"state": "closed", "closed_at": world.stamp(), "closed_by": ROBOT, "base_sha": group["parent"]}
    save_issue(world, full_name, {**pull, **closed, **merged_fields(world, ROBOT, group["head"])})
