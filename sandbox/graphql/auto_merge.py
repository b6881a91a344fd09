"""Auto-merge: asked for while checks are missing, done when nothing is missing any more.

Kept as `auto_merge:{repo}` under the pull request's number: `{number, login, admin, method, title, message,
enabled_at}`.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.events import Event
from sandbox.forge.issues import find_issue
from sandbox.forge.mergeability import verdict_of
from sandbox.forge.merging import MergeRequest, merge_pull
from sandbox.forge.repos import find_repo
from sandbox.graphql.scene import GraphError, Scene
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World

#: Events after which something may have become mergeable.
_HOPEFUL = ("check_suite", "check_run", "status", "pull_request_review", "push")


def enable_auto_merge(scene: Scene, repo: Doc, pull: Doc, given: Mapping[str, Any]) -> None:
    """Merge later; refused in GitHub's words where it is not allowed or there is nothing to wait for."""
    if not repo["allow_auto_merge"]:
        raise GraphError("UNPROCESSABLE", "Pull request Auto merge is not allowed for this repository")
    state = verdict_of(scene.world, repo, pull).state
    if pull["state"] != "open" or state in {"clean", "unstable", "dirty", "draft"}:
        words = "closed" if pull["state"] != "open" else state
        raise GraphError("UNPROCESSABLE", f"Pull request Pull request is in {words} status")
    document = {
        "number": pull["number"],
        "login": scene.actor.login,
        "admin": scene.actor.admin,
        "method": given["mergeMethod"].lower(),
        "title": given.get("commitHeadline"),
        "message": given.get("commitBody"),
        "enabled_at": scene.world.stamp(),
    }
    scene.world.store.put(f"auto_merge:{repo['full_name']}", pull["number"], document)
    scene.world.spawn(_merge_all(scene.world, repo["full_name"]))


def watch(world: World) -> None:
    """Merge what has become mergeable, from now on."""

    def hope(event: Event) -> None:
        if world.store.all(f"auto_merge:{event.repo}"):
            world.spawn(_merge_all(world, event.repo))

    for kind in _HOPEFUL:
        world.bus.subscribe(kind, hope)


async def _merge_all(world: World, full_name: str) -> None:
    repo, kind = find_repo(world, full_name), f"auto_merge:{full_name}"
    for wanted in world.store.all(kind) if repo else ():
        pull = find_issue(world, full_name, wanted["number"])
        if pull["state"] == "open" and not _merge(world, repo or {}, pull, wanted):
            continue
        world.store.delete(kind, wanted["number"])


def _merge(world: World, repo: Doc, pull: Doc, wanted: Doc) -> bool:
    actor = Actor(login=wanted["login"], admin=wanted["admin"])
    request = MergeRequest(
        method=wanted["method"], sha=pull["head_sha"], title=wanted["title"], message=wanted["message"]
    )
    try:
        merge_pull(world, repo, actor, pull, request)
    except ApiError:
        # Something is still missing; the next event will tell.
        return False
    return True
