"""Moving branches and tags, whoever asks: protected, then done, then announced."""

from dataclasses import dataclass

import pygit2

from sandbox.forge import verdicts
from sandbox.forge.merge_queue import is_queued
from sandbox.forge.publish import publish
from sandbox.forge.pull_sync import follow_branch
from sandbox.forge.repos import change_repo
from sandbox.forge.rules import Rules, binding_rules
from sandbox.git.commits import commit_at, history
from sandbox.git.merges import contains
from sandbox.store import Doc
from sandbox.views.pushes import push_json
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World

HEADS = "refs/heads/"
QUEUE_REQUIRED = "Changes must be made through the merge queue"
_QUEUED = (
    "A pull request for this branch has been added to a merge queue. Branches that are queued for merging"
    " cannot be updated. To modify this branch, dequeue the associated pull request."
)
NO_MERGE_COMMITS = "This branch must not contain merge commits."


@dataclass(frozen=True, slots=True, kw_only=True)
class RefChange:
    """One ref's way from one object to another."""

    #: full name, for instance refs/heads/main
    name: str
    #: sha before; None for a new ref
    old: str | None
    #: sha after; None for a deleted ref
    new: str | None

    @property
    def branch(self) -> str | None:
        """The branch's name, or None for a tag or another ref."""
        return self.name.removeprefix(HEADS) if self.name.startswith(HEADS) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a protected branch does not move."""

    #: `protection` or `ruleset`
    source: str
    #: one sentence per demand
    reasons: tuple[str, ...]

    @property
    def message(self) -> str:
        """The refusal as the REST API words it."""
        if self.source == "ruleset":
            return "Repository rule violations found\n\n" + "".join(f"{one}\n\n" for one in self.reasons)
        return " ".join(self.reasons)


def refusal_of(world: World, repo: Doc, actor: Actor, change: RefChange) -> Refusal | None:
    """Say what forbids `actor` to make this change directly, or None."""
    if change.branch is None:
        return None
    if change.new is not None and is_queued(world, repo["full_name"], change.branch):
        return Refusal(source="protection", reasons=(_QUEUED,))
    for rules in binding_rules(world, repo, change.branch, actor):
        reasons = _reasons(world, repo["full_name"], change, rules)
        if reasons:
            return Refusal(source=rules.source, reasons=tuple(reasons))
    return None


def require_allowed(world: World, repo: Doc, actor: Actor, change: RefChange, status: int = 422) -> None:
    """Refuse over REST what protection forbids."""
    refusal = refusal_of(world, repo, actor, change)
    if refusal is not None:
        raise ApiError(status, refusal.message)


def is_rewrite(git: pygit2.Repository, change: RefChange) -> bool:
    """Whether a change would drop commits from a ref."""
    if change.old is None or change.new is None:
        return False
    both = (git.get(pygit2.Oid(hex=sha)) for sha in (change.old, change.new))
    return not all(isinstance(one, pygit2.Commit) for one in both) or not contains(
        git, change.new, change.old
    )


def apply_change(world: World, repo: Doc, login: str, change: RefChange) -> None:
    """Move the ref and tell everyone: push, create or delete, and the pull requests it concerns."""
    git = world.git.open(repo["full_name"])
    if change.new is None:
        git.references.delete(change.name)
    else:
        git.references.create(change.name, pygit2.Oid(hex=change.new), force=True)
    if not change.name.startswith((HEADS, "refs/tags/")):
        return
    repo = change_repo(world, repo, {"pushed_at": world.stamp()})
    forced = is_rewrite(git, change)
    shown = push_json(world, repo, login, (change.name, change.old, change.new))
    publish(world, repo, "push", login, {**shown, "forced": forced})
    if change.old is None or change.new is None:
        _announce_coming_and_going(world, repo, login, change)
    if change.branch is not None:
        follow_branch(world, repo, login, change.branch, change.old)


def _reasons(world: World, repo: str, change: RefChange, rules: Rules) -> list[str]:
    if change.new is None:
        return [] if rules.deletion else ["Cannot delete this branch"]
    found = []
    if not rules.force_push and is_rewrite(world.git.open(repo), change):
        found.append("Cannot force-push to this branch")
    if rules.queue is not None:
        found.append(QUEUE_REQUIRED)
    if rules.pull_required:
        found.append("Changes must be made through a pull request.")
    if rules.linear and _brings_merges(world.git.open(repo), change):
        found.append(NO_MERGE_COMMITS)
    missing = verdicts.refusal(world, repo, change.new, rules)
    return [*found, missing] if missing else found


def _brings_merges(git: pygit2.Repository, change: RefChange) -> bool:
    if change.old is None or change.new is None or commit_at(git, change.new) is None:
        return False
    return any(len(commit.parent_ids) > 1 for commit in history(git, change.new, change.old))


def _announce_coming_and_going(world: World, repo: Doc, login: str, change: RefChange) -> None:
    kind = "delete" if change.new is None else "create"
    ref_type, ref = ("tag", change.name.removeprefix("refs/tags/"))
    if change.branch is not None:
        ref_type, ref = "branch", change.branch
    payload = {"ref": ref, "ref_type": ref_type, "pusher_type": "user"}
    if kind == "create":
        payload |= {"master_branch": repo["default_branch"], "description": repo["description"]}
    publish(world, repo, kind, login, payload)
