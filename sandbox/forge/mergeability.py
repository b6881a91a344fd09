"""Whether a pull request can be merged: asked for, computed a moment later, and then remembered.

GitHub answers `mergeable: null` and `mergeable_state: unknown` until a background job has made a test
merge; so does the sandbox. The outcome is kept as `merge_check:{repo}` under the pull request's number.
"""

import asyncio
from dataclasses import dataclass

import pygit2

from sandbox.forge import verdicts
from sandbox.forge.approvals import approvals_of
from sandbox.forge.pull_reads import branch_tip, find_pull
from sandbox.forge.rules import Rules, rules_for
from sandbox.git.commits import Draft, signature, write_commit
from sandbox.git.merges import ConflictError, contains, merged_tree
from sandbox.store import Doc
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """GitHub's opinion of a pull request."""

    #: None while unknown
    mergeable: bool | None
    #: unknown, dirty, draft, blocked, behind, unstable or clean
    state: str
    #: the test merge while open, what the merge made afterwards
    merge_sha: str | None


def merge_sha_of(world: World, repo: Doc, pull: Doc) -> str | None:
    """Return `merge_commit_sha` without asking for a new test merge."""
    if pull["state"] != "open":
        return None if pull["merge_commit_sha"] is None else str(pull["merge_commit_sha"])
    check = world.store.get(f"merge_check:{repo['full_name']}", pull["number"])
    return None if check is None else check["sha"]


def verdict_of(world: World, repo: Doc, pull: Doc) -> Verdict:
    """Tell what is known now, and have the rest found out."""
    sha = merge_sha_of(world, repo, pull)
    if pull["state"] != "open":
        return Verdict(mergeable=None, state="unknown", merge_sha=sha)
    if not world.knows_mergeable(pull["head_ref"]):
        return Verdict(mergeable=None, state="unknown", merge_sha=None)
    tip = branch_tip(world, repo["full_name"], pull["base_ref"])
    check = world.store.get(f"merge_check:{repo['full_name']}", pull["number"])
    if tip is None or check is None or (check["base"], check["head"]) != (tip, pull["head_sha"]):
        request_check(world, repo, pull)
        return Verdict(mergeable=None, state="unknown", merge_sha=sha)
    mergeable = check["sha"] is not None
    return Verdict(
        mergeable=mergeable, state=_state(world, repo, pull, tip, mergeable=mergeable), merge_sha=sha
    )


def request_check(world: World, repo: Doc, pull: Doc) -> None:
    """Have a test merge made in the background, unless one is under way."""
    name, number = repo["full_name"], pull["number"]
    key = ("merge_check", name, number)
    if key in world.under_way:
        return
    world.under_way.add(key)

    async def later() -> None:
        await asyncio.sleep(world.config.mergeable_delay_s)
        world.under_way.discard(key)
        _check(world, name, find_pull(world, name, number))

    world.spawn(later())


def unmet(world: World, repo: Doc, pull: Doc, rules: Rules, *, up_to_date: bool = True) -> list[str]:
    """Word what `rules` still demand before this pull request may be merged; a queue brings it up to date."""
    name, head = repo["full_name"], pull["head_sha"]
    found = []
    if rules.approvals and approvals_of(world, name, pull) < rules.approvals:
        are = "review is" if rules.approvals == 1 else "reviews are"
        found.append(f"At least {rules.approvals} approving {are} required by reviewers with write access.")
    missing = verdicts.refusal(world, name, head, rules)
    if missing:
        found.append(missing)
    if up_to_date and rules.strict and _is_behind(world, name, pull):
        found.append("The head branch is not up to date with the base branch.")
    return found


def _is_behind(world: World, name: str, pull: Doc) -> bool:
    tip = branch_tip(world, name, pull["base_ref"])
    return tip is not None and not contains(world.git.open(name), pull["head_sha"], tip)


def _check(world: World, name: str, pull: Doc) -> None:
    git, head = world.git.open(name), pull["head_sha"]
    tip = branch_tip(world, name, pull["base_ref"])
    if pull["state"] != "open" or tip is None:
        return
    try:
        tree = merged_tree(git, tip, head)
    except ConflictError:
        sha = None
    else:
        robot = signature("GitHub", "noreply@github.com", world.now())
        message = f"Merge {head} into {tip}"
        sha = write_commit(
            git, Draft(message=message, tree=tree, parents=(tip, head), author=robot, committer=robot)
        )
        git.references.create(f"refs/pull/{pull['number']}/merge", pygit2.Oid(hex=sha), force=True)
    world.store.put(f"merge_check:{name}", pull["number"], {"base": tip, "head": head, "sha": sha})


def _state(world: World, repo: Doc, pull: Doc, tip: str, *, mergeable: bool) -> str:
    name, head = repo["full_name"], pull["head_sha"]
    if not mergeable:
        return "dirty"
    if pull["draft"]:
        return "draft"
    rules = rules_for(world, repo, pull["base_ref"])
    if any(rule.strict for rule in rules) and not contains(world.git.open(name), head, tip):
        return "behind"
    if any(unmet(world, repo, pull, rule) for rule in rules):
        return "blocked"
    return "unstable" if verdicts.is_unstable(world, name, head) else "clean"
