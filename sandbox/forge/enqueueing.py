"""Putting a pull request into the merge queue, and taking it out.

Words seen in public reports of GitHub's answers: "Pull request is already in the queue", "Pull request is not
in the merge queue", and reasons with "Pull request " before them, as for a required workflow that is not
satisfied. The refusals for a branch without a queue, for a moved head and for jumping are worded here.
"""

from sandbox.forge.issues import find_issue
from sandbox.forge.merge_queue import entries_of, entry_of
from sandbox.forge.mergeability import unmet, verdict_of
from sandbox.forge.merging import HEAD_MODIFIED
from sandbox.forge.pull_sync import announce_pull
from sandbox.forge.queue_groups import drop_group
from sandbox.forge.rules import queue_of, rules_for
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World


def enqueue(world: World, repo: Doc, actor: Actor, pull: Doc, *, jump: bool = False) -> Doc:
    """Add a pull request to its base's queue; 422 with the reason if it does not belong there."""
    name, base = repo["full_name"], pull["base_ref"]
    if reason := _objection(world, repo, pull):
        raise ApiError(422, reason)
    if jump and not actor.admin:
        raise ApiError(422, "Pull request You do not have permission to jump the queue")
    orders = [entry["order"] for entry in entries_of(world, name, base)]
    now = world.now()
    entry = {
        "id": world.store.next_id("id", start=1001),
        "number": pull["number"],
        "base": base,
        "login": actor.login,
        "jump": jump,
        "order": min(orders, default=1) - 1 if jump else max(orders, default=0) + 1,
        "enqueued_at": world.stamp(),
        "enqueued_s": now.timestamp(),
        "group": None,
    }
    saved = world.store.put(f"queue_entry:{name}", pull["number"], entry)
    announce_pull(world, repo, pull, "enqueued", actor.login)
    return saved


def dequeue(world: World, repo: Doc, login: str, pull: Doc, reason: str) -> Doc:
    """Take a pull request out of its queue, for one of GitHub's reasons; 422 if it is in none."""
    name = repo["full_name"]
    entry = entry_of(world, name, pull["number"])
    if entry is None:
        raise ApiError(422, "Pull request is not in the merge queue")
    world.store.delete(f"queue_entry:{name}", pull["number"])
    drop_group(world, repo, entry, "merged" if reason == "MERGE" else "dequeued")
    current = find_issue(world, name, pull["number"])
    announce_pull(world, repo, current, "dequeued", login, reason=reason)
    return entry


def require_head(pull: Doc, expected: str | None) -> None:
    """Refuse a head that the caller has not judged."""
    if expected not in {None, pull["head_sha"]}:
        raise ApiError(422, f"Pull request {HEAD_MODIFIED}")


def _objection(world: World, repo: Doc, pull: Doc) -> str:
    if queue_of(world, repo, pull["base_ref"]) is None:
        return "Merge queue is not enabled for this branch"
    if entry_of(world, repo["full_name"], pull["number"]) is not None:
        return "Pull request is already in the queue"
    if pull["state"] != "open":
        return "Pull request is closed"
    if pull["draft"]:
        return "Pull request is still a draft"
    missing = [
        reason
        for rules in rules_for(world, repo, pull["base_ref"])
        for reason in unmet(world, repo, pull, rules, up_to_date=False)
    ]
    if missing:
        return f"Pull request {' '.join(missing)}"
    return "Pull request is not mergeable" if verdict_of(world, repo, pull).state == "dirty" else ""
