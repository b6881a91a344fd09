"""Merge queues as GraphQL shows them; how to show a pull request is told by the caller.

https://docs.github.com/en/graphql/reference/objects#mergequeue
"""

from collections.abc import Callable
from typing import Any

from sandbox.forge.issues import find_issue
from sandbox.forge.merge_queue import entries_of, entry_of, expected_wait_s, position_of, state_of
from sandbox.forge.rules import Queue, queue_of
from sandbox.graphql.connections import connection
from sandbox.graphql.objects import actor_view, object_view
from sandbox.graphql.scene import Scene, Shown
from sandbox.store import Doc
from sandbox.views.links import node_id

#: Shows a pull request of a repository.
ShowPull = Callable[[Scene, Doc, Doc], Shown]


def pull_fields(scene: Scene, repo: Doc, pull: Doc, show: ShowPull) -> dict[str, Any]:
    """Return the fields of a pull request that concern its base's queue."""
    world, name = scene.world, repo["full_name"]

    def entry(_info: object) -> Shown | None:
        found = entry_of(world, name, pull["number"])
        return None if found is None else entry_view(scene, repo, found, show)

    return {
        "isInMergeQueue": lambda _info: entry_of(world, name, pull["number"]) is not None,
        "isMergeQueueEnabled": lambda _info: queue_of(world, repo, pull["base_ref"]) is not None,
        "mergeQueue": lambda _info: queue_view(scene, repo, pull["base_ref"], show),
        "mergeQueueEntry": entry,
    }


def queue_view(scene: Scene, repo: Doc, branch: str | None, show: ShowPull) -> Shown | None:
    """Show the queue of a branch, by default the default branch; None where there is none."""
    name, base = repo["full_name"], branch or repo["default_branch"]
    queue = queue_of(scene.world, repo, base)
    if queue is None:
        return None

    def entries(_info: object, **args: Any) -> Shown:
        found = entries_of(scene.world, name, base)
        return connection("entries", found, args, lambda one: entry_view(scene, repo, one, show))

    wait_s = expected_wait_s(scene.world, name, base)
    return {
        "id": node_id("MergeQueue", name, base),
        "configuration": _configuration(queue),
        "entries": entries,
        "nextEntryEstimatedTimeToMerge": None if wait_s is None else round(wait_s),
        "resourcePath": f"/{name}/queue/{base}",
        "url": scene.world.links.page(name, "queue", base),
    }


def entry_view(scene: Scene, repo: Doc, entry: Doc, show: ShowPull) -> Shown:
    """Show an entry of a queue."""
    world, name, group = scene.world, repo["full_name"], entry["group"]
    git = scene.git(repo)
    pull = find_issue(world, name, entry["number"])
    return {
        "id": node_id("MergeQueueEntry", name, entry["id"]),
        "baseCommit": lambda _info: object_view(scene, repo, git[group["parent"]]) if group else None,
        "headCommit": lambda _info: object_view(scene, repo, git[group["head"]]) if group else None,
        "enqueuedAt": entry["enqueued_at"],
        "enqueuer": lambda _info: actor_view(scene, entry["login"]),
        "estimatedTimeToMerge": _estimate(scene, name, entry),
        "jump": entry["jump"],
        "mergeQueue": lambda _info: queue_view(scene, repo, entry["base"], show),
        "position": position_of(world, name, entry),
        "pullRequest": lambda _info: show(scene, repo, pull),
        "solo": False,
        "state": state_of(world, repo, entry),
    }


def _estimate(scene: Scene, full_name: str, entry: Doc) -> int | None:
    wait_s = expected_wait_s(scene.world, full_name, entry["base"])
    if wait_s is None:
        return None
    waited_s = scene.world.now().timestamp() - float(entry["enqueued_s"])
    return max(0, round(wait_s - waited_s))


def _configuration(queue: Queue) -> Shown:
    return {
        "checkResponseTimeout": queue.timeout_minutes,
        "maximumEntriesToBuild": queue.most_built,
        "maximumEntriesToMerge": queue.most_merged,
        "mergeMethod": queue.method.upper(),
        "mergingStrategy": queue.grouping,
        "minimumEntriesToMerge": queue.fewest_merged,
        "minimumEntriesToMergeWaitTime": queue.wait_minutes,
    }
