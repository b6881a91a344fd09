"""Mutations of merge queues.

https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest
"""

from collections.abc import Mapping
from typing import Any

from sandbox.forge.enqueueing import dequeue, enqueue, require_head
from sandbox.graphql.pulls import pull_view
from sandbox.graphql.queries import pull_of
from sandbox.graphql.queues import entry_view
from sandbox.graphql.scene import Scene, Shown

Input = Mapping[str, Any]


def enqueue_pull_request(scene: Scene, given: Input) -> Shown:
    """Add a pull request to the merge queue of its base."""
    scene.require("contents", "write")
    repo, pull = pull_of(scene, given["pullRequestId"])
    require_head(pull, given.get("expectedHeadOid"))
    entry = enqueue(scene.world, repo, scene.actor, pull, jump=bool(given.get("jump")))
    return {"mergeQueueEntry": entry_view(scene, repo, entry, pull_view)}


def dequeue_pull_request(scene: Scene, given: Input) -> Shown:
    """Take a pull request out of the merge queue."""
    scene.require("contents", "write")
    repo, pull = pull_of(scene, given["id"])
    entry = dequeue(scene.world, repo, scene.actor.login, pull, "MANUAL")
    return {"mergeQueueEntry": entry_view(scene, repo, entry, pull_view)}
