"""Pull requests follow the branches they are made of."""

from typing import Any

import pygit2

from sandbox.forge.issues import save_issue
from sandbox.forge.mergeability import request_check
from sandbox.forge.publish import publish
from sandbox.forge.pull_reads import branch_tip
from sandbox.git.commits import history
from sandbox.store import Doc
from sandbox.views.pulls import pull_full
from sandbox.world import World


def announce_pull(world: World, repo: Doc, pull: Doc, action: str, login: str, **extra: object) -> None:
    """Publish a `pull_request` event."""
    shown = pull_full(world, repo, pull)
    payload = {"action": action, "number": pull["number"], "pull_request": shown, **extra}
    publish(world, repo, "pull_request", login, payload)


def close_pull(world: World, repo: Doc, pull: Doc, login: str, **changes: object) -> Doc:
    """Close a pull request and announce it."""
    closed = {**pull, "state": "closed", "closed_at": world.stamp(), "closed_by": login, **changes}
    saved = save_issue(world, repo["full_name"], closed)
    announce_pull(world, repo, saved, "closed", login)
    return saved


def merged_fields(world: World, login: str, sha: str) -> dict[str, Any]:
    """Fields of a pull request whose merge made `sha`."""
    return {"merged_at": world.stamp(), "merged_by": login, "merge_commit_sha": sha}


def point_head(world: World, repo: str, pull: Doc) -> None:
    """Keep `refs/pull/{number}/head` at the pull request's head."""
    name = f"refs/pull/{pull['number']}/head"
    world.git.open(repo).references.create(name, pygit2.Oid(hex=pull["head_sha"]), force=True)


def follow_branch(world: World, repo: Doc, login: str, branch: str, old: str | None) -> None:
    """After a branch moved on from `old`: take new heads over, close what is gone, mark what is merged."""
    name = repo["full_name"]
    tip = branch_tip(world, name, branch)
    arrived = _arrived(world, name, old, tip)
    for pull in world.store.find(f"issue:{name}", "state", "open"):
        if pull["pull"] and pull["head_ref"] == branch:
            _follow_head(world, repo, login, pull, tip)
        elif pull["pull"] and pull["base_ref"] == branch:
            _follow_base(world, repo, login, pull, (tip, arrived))


def _follow_head(world: World, repo: Doc, login: str, pull: Doc, tip: str | None) -> None:
    if tip is None:
        close_pull(world, repo, pull, login)
        return
    if tip == pull["head_sha"]:
        return
    name, base = repo["full_name"], branch_tip(world, repo["full_name"], pull["base_ref"])
    moved = save_issue(world, name, {**pull, "head_sha": tip, "base_sha": base or pull["base_sha"]})
    point_head(world, name, moved)
    request_check(world, repo, moved)
    announce_pull(world, repo, moved, "synchronize", login, before=pull["head_sha"], after=tip)


def _arrived(world: World, repo: str, old: str | None, tip: str | None) -> set[str]:
    if tip is None:
        return set()
    return {str(commit.id) for commit in history(world.git.open(repo), tip, old)}


def _follow_base(world: World, repo: Doc, login: str, pull: Doc, moved: tuple[str | None, set[str]]) -> None:
    tip, arrived = moved
    if tip is None:
        close_pull(world, repo, pull, login)
    elif pull["head_sha"] in arrived:
        world.tally.add("merge_push")
        close_pull(world, repo, pull, login, **merged_fields(world, login, tip))
