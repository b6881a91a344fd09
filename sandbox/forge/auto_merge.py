"""Auto-merge: asked for while something is missing, done when nothing is missing any more.

Kept as `auto_merge:{repo}` under the pull request's number: `{number, login, method, title, message,
enabled_at}`. It waits for every rule, also for those its owner could pass. A push to the head leaves it
enabled, as whoever can push here may write; a new base chosen by somebody who may not write ends it. Where
the base has a merge queue, the pull request is enqueued instead, at once if nothing is missing.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/automatically-merging-a-pull-request
"""

from sandbox.events import Event
from sandbox.forge.enqueueing import enqueue
from sandbox.forge.issues import find_issue
from sandbox.forge.mergeability import verdict_of
from sandbox.forge.merging import HEAD_MODIFIED, METHODS, MergeRequest, merge_pull
from sandbox.forge.pull_sync import announce_pull
from sandbox.forge.repos import find_repo
from sandbox.forge.rules import queue_of
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World

#: Events after which something may have become mergeable, or cannot any more.
_HOPEFUL = ("check_suite", "check_run", "status", "pull_request_review", "push", "pull_request")
#: States in which there is nothing to wait for, or nothing that waiting could bring.
_NOT_WAITING = frozenset({"clean", "unstable", "dirty", "draft", "closed"})
#: States in which a pull request may enter a merge queue at once.
_READY = frozenset({"clean", "unstable"})
_METHOD_NAMES = {"merge": "merge commits are", "squash": "squash merging is", "rebase": "rebase merging is"}


def auto_merge_of(world: World, full_name: str, number: int) -> Doc | None:
    """Return how a pull request is to be merged when it is ready, or None."""
    return world.store.get(f"auto_merge:{full_name}", number)


def enable_auto_merge(world: World, repo: Doc, actor: Actor, pull: Doc, wanted: MergeRequest) -> None:
    """Merge later; 422 in GitHub's words where it is not allowed or there is nothing to wait for."""
    if reason := _objection(world, repo, pull, wanted):
        raise ApiError(422, f"Pull request {reason}")
    if queue_of(world, repo, pull["base_ref"]) is not None and verdict_of(world, repo, pull).state in _READY:
        enqueue(world, repo, actor, pull)
        return
    document = {
        "number": pull["number"],
        "login": actor.login,
        "method": wanted.method,
        "title": wanted.title,
        "message": wanted.message,
        "enabled_at": world.stamp(),
    }
    world.store.put(f"auto_merge:{repo['full_name']}", pull["number"], document)
    announce_pull(world, repo, pull, "auto_merge_enabled", actor.login)
    world.spawn(_merge_all(world, repo["full_name"]))


def disable_auto_merge(world: World, repo: Doc, login: str, pull: Doc, reason: str) -> None:
    """Merge no more by itself, and tell; 422 in GitHub's words where it would not have been."""
    name, number = repo["full_name"], pull["number"]
    if auto_merge_of(world, name, number) is None:
        raise ApiError(422, "Can't disable auto-merge for this pull request.")
    world.store.delete(f"auto_merge:{name}", number)
    announce_pull(world, repo, pull, "auto_merge_disabled", login, reason=reason)


def may_enable(world: World, repo: Doc, actor: Actor, pull: Doc) -> bool:
    """Whether asking `actor` would be let merge later."""
    waits = auto_merge_of(world, repo["full_name"], pull["number"]) is not None
    writes = actor.may("contents", "write")
    return writes and not waits and not _objection(world, repo, pull, MergeRequest(method=_any_method(repo)))


def may_disable(world: World, repo: Doc, actor: Actor, pull: Doc) -> bool:
    """Whether `actor` may take back what was asked for: a writer, or the author."""
    waits = auto_merge_of(world, repo["full_name"], pull["number"]) is not None
    return waits and (actor.may("contents", "write") or actor.login == pull["user"])


def watch(world: World) -> None:
    """Merge what has become mergeable, from now on."""

    def hope(event: Event) -> None:
        if world.store.all(f"auto_merge:{event.repo}"):
            world.spawn(_merge_all(world, event.repo))

    for kind in _HOPEFUL:
        world.bus.subscribe(kind, hope)


def _objection(world: World, repo: Doc, pull: Doc, wanted: MergeRequest) -> str:
    if not repo["allow_auto_merge"]:
        return "Auto merge is not allowed for this repository"
    if not repo[METHODS[wanted.method][0]]:
        return f"Merge method {_METHOD_NAMES[wanted.method]} not allowed on this repository"
    if wanted.sha not in {None, pull["head_sha"]}:
        return HEAD_MODIFIED
    state = "closed" if pull["state"] != "open" else verdict_of(world, repo, pull).state
    hopeless = _NOT_WAITING if queue_of(world, repo, pull["base_ref"]) is None else _NOT_WAITING - _READY
    return f"Pull request is in {state} status" if state in hopeless else ""


def _any_method(repo: Doc) -> str:
    return next(method for method, (setting, _) in METHODS.items() if repo[setting])


async def _merge_all(world: World, full_name: str) -> None:
    repo, kind = find_repo(world, full_name), f"auto_merge:{full_name}"
    for wanted in world.store.all(kind) if repo else ():
        pull = find_issue(world, full_name, wanted["number"])
        if pull["state"] == "open":
            _merge(world, repo or {}, pull, wanted)
        elif pull["merged_at"] is None:
            disable_auto_merge(world, repo or {}, pull["closed_by"], pull, "closed")
        else:
            world.store.delete(kind, wanted["number"])


def _merge(world: World, repo: Doc, pull: Doc, wanted: Doc) -> None:
    request = MergeRequest(
        method=wanted["method"], sha=pull["head_sha"], title=wanted["title"], message=wanted["message"]
    )
    actor = Actor(login=wanted["login"])
    try:
        if queue_of(world, repo, pull["base_ref"]) is None:
            merge_pull(world, repo, actor, pull, request)
        else:
            enqueue(world, repo, actor, pull)
    except ApiError:
        # Something is still missing; the next event will tell.
        return
    world.store.delete(f"auto_merge:{repo['full_name']}", pull["number"])
