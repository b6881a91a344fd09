"""What a `git push` may do, command by command.

The pack is unpacked by git itself; refs are moved here, so that a push is atomic against REST requests
and is judged by the same protection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from sandbox.forge.refs import RefChange, Refusal, apply_change, refusal_of
from sandbox.git.refs import clashing_ref, find_ref, is_ref_name
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.world import World

_CLASSIC = "protected branch hook declined"
_RULESET = "push declined due to repository rule violations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one command of a push."""

    #: the command
    change: RefChange
    #: git's reason, empty if it was done
    reason: str = ""
    #: text for the person who pushes
    remark: str = ""


def receive(
    world: World, repo: Doc, actor: Actor, changes: Sequence[RefChange], *, atomic: bool
) -> list[Outcome]:
    """Judge every command, then do those that may be done (all or none if atomic)."""
    judged = [_judged(world, repo, actor, change) for change in changes]
    if atomic and any(one.reason for one in judged):
        return [
            one if one.reason else Outcome(change=one.change, reason="atomic push failure") for one in judged
        ]
    for one in judged:
        if not one.reason and one.change.old != one.change.new:
            apply_change(world, repo, actor.login, one.change)
    return judged


def _judged(world: World, repo: Doc, actor: Actor, change: RefChange) -> Outcome:
    reason = _mistake(world.git.open(repo["full_name"]), repo, change)
    if reason:
        return Outcome(change=change, reason=reason)
    refusal = refusal_of(world, repo, actor, change)
    if refusal is None:
        return Outcome(change=change, remark=_invitation(world, repo, change))
    reason = _RULESET if refusal.source == "ruleset" else _CLASSIC
    return Outcome(change=change, reason=reason, remark=_explained(change, refusal))


def _mistake(git: pygit2.Repository, repo: Doc, change: RefChange) -> str:
    name = change.name
    if not is_ref_name(name):
        return "funny refname"
    if name.startswith("refs/pull/"):
        return "deny updating a hidden ref"
    known = find_ref(git, name)
    current = None if known is None else str(known.target)
    if current != change.old:
        return f"cannot lock ref '{name}': {_difference(current, change.old)}"
    if current is None and (clash := clashing_ref(git, name)):
        return f"cannot lock ref '{name}': '{clash}' exists"
    return _wrong_target(git, repo, change)


def _difference(current: str | None, expected: str | None) -> str:
    """In git's own words: https://github.com/git/git/blob/master/refs/files-backend.c."""
    if expected is None:
        return "reference already exists"
    return f"{'reference is missing' if current is None else f'is at {current}'} but expected {expected}"


def _wrong_target(git: pygit2.Repository, repo: Doc, change: RefChange) -> str:
    name = change.name
    if change.new is None:
        default = name == f"refs/heads/{repo['default_branch']}"
        return f"refusing to delete the current branch: {name}" if default else ""
    target = git.get(pygit2.Oid(hex=change.new))
    if target is None:
        return "missing necessary objects"
    return "not a commit" if change.branch is not None and target.type_str != "commit" else ""


def _explained(change: RefChange, refusal: Refusal) -> str:
    head = f"error: GH006: Protected branch update failed for {change.name}."
    if refusal.source == "ruleset":
        head = f"error: GH013: Repository rule violations found for {change.name}."
    return "\n".join((head, "", *(f"- {reason}" for reason in refusal.reasons), ""))


def _invitation(world: World, repo: Doc, change: RefChange) -> str:
    branch = change.branch
    if change.old is not None or branch in {None, repo["default_branch"]}:
        return ""
    page = world.links.page(repo["full_name"], "pull/new", branch)
    return f"\nCreate a pull request for '{branch}' on GitHub by visiting:\n     {page}\n"
