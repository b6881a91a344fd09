"""Merging a pull request, and bringing one up to date with its base.

https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request
"""

from dataclasses import dataclass

import pygit2

from sandbox.forge.accounts import account
from sandbox.forge.issues import save_issue
from sandbox.forge.merge_queue import entry_of
from sandbox.forge.mergeability import unmet
from sandbox.forge.messages import merge_message, squash_message
from sandbox.forge.pull_reads import branch_tip, pull_commits
from sandbox.forge.pull_sync import announce_pull, merged_fields
from sandbox.forge.refs import (
    HEADS,
    NO_MERGE_COMMITS,
    QUEUE_REQUIRED,
    RefChange,
    Refusal,
    apply_change,
    require_allowed,
)
from sandbox.forge.rules import binding_rules
from sandbox.git.commits import Draft, signature, write_commit
from sandbox.git.merges import ConflictError, contains, merged_tree, rebased
from sandbox.store import Doc
from sandbox.web.auth import Actor
from sandbox.web.errors import ApiError
from sandbox.world import World

HEAD_MODIFIED = "Head branch was modified. Review and try the merge again."
#: ways to merge: the repository's setting that allows each, and the refusal where it does not
METHODS = {
    "merge": ("allow_merge_commit", "Merge commits are not allowed on this repository."),
    "squash": ("allow_squash_merge", "Squash merges are not allowed on this repository."),
    "rebase": ("allow_rebase_merge", "Rebase merges are not allowed on this repository."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """How a pull request is to be merged."""

    #: merge, squash or rebase
    method: str = "merge"
    #: the head the caller has judged; None merges whatever is there
    sha: str | None = None
    #: title of the commit; None takes the repository's default
    title: str | None = None
    #: rest of the commit's message; None takes the repository's default
    message: str | None = None


def merge_pull(world: World, repo: Doc, actor: Actor, pull: Doc, wanted: MergeRequest) -> str:
    """Merge, and return the base's new tip; 405, 409 or 422 in GitHub's words if it cannot be."""
    name, tip = repo["full_name"], branch_tip(world, repo["full_name"], pull["base_ref"])
    if pull["state"] != "open" or tip is None:
        raise ApiError(405, "Pull Request is not mergeable")
    _check_request(repo, pull, wanted)
    _check_rules(world, repo, actor, pull, wanted.method)
    try:
        sha = merged_commit(world, repo, actor.login, pull, (wanted, tip))
    except ConflictError:
        raise ApiError(405, "Pull Request is not mergeable") from None
    world.tally.add(f"merge_{wanted.method}")
    fields = merged_fields(world, actor.login, sha)
    closed = {
        **pull,
        "state": "closed",
        "closed_at": world.stamp(),
        "closed_by": actor.login,
        "base_sha": tip,
    }
    merged = save_issue(world, name, {**closed, **fields})
    change = RefChange(name=f"{HEADS}{pull['base_ref']}", old=tip, new=sha)
    apply_change(world, repo, actor.login, change)
    announce_pull(world, repo, merged, "closed", actor.login)
    if repo["delete_branch_on_merge"]:
        delete_head(world, repo, actor.login, pull)
    return sha


def update_branch(world: World, repo: Doc, actor: Actor, pull: Doc, expected: str | None) -> None:
    """Merge the base into the head; 422 in GitHub's words if there is nothing to do or it conflicts."""
    git, head = world.git.open(repo["full_name"]), pull["head_sha"]
    tip = branch_tip(world, repo["full_name"], pull["base_ref"])
    if expected is not None and expected != head:
        raise ApiError(422, "expected head sha didn't match current head ref.")
    if tip is None or contains(git, head, tip):
        raise ApiError(422, "There are no new commits on the base branch.")
    try:
        tree = merged_tree(git, head, tip)
    except ConflictError:
        raise ApiError(422, "merge conflict between base and head") from None
    message = f"Merge branch '{pull['base_ref']}' into {pull['head_ref']}"
    author = _person(world, actor.login)
    robot = _robot(world)
    sha = write_commit(
        git, Draft(message=message, tree=tree, parents=(head, tip), author=author, committer=robot)
    )
    change = RefChange(name=f"{HEADS}{pull['head_ref']}", old=head, new=sha)
    require_allowed(world, repo, actor, change)
    apply_change(world, repo, actor.login, change)


def _check_request(repo: Doc, pull: Doc, wanted: MergeRequest) -> None:
    if wanted.method not in METHODS:
        raise ApiError(422, f"Invalid request.\n\n{wanted.method} is not a member of {list(METHODS)}.")
    if pull["draft"]:
        raise ApiError(405, "Pull Request is still a draft")
    if wanted.sha is not None and wanted.sha != pull["head_sha"]:
        raise ApiError(409, HEAD_MODIFIED)
    setting, refusal = METHODS[wanted.method]
    if not repo[setting]:
        raise ApiError(405, refusal)


def _check_rules(world: World, repo: Doc, actor: Actor, pull: Doc, method: str) -> None:
    for rules in binding_rules(world, repo, pull["base_ref"], actor):
        if rules.queue is not None and entry_of(world, repo["full_name"], pull["number"]):
            raise ApiError(405, "Pull Request is in the merge queue")
        reasons = [QUEUE_REQUIRED] if rules.queue is not None else []
        reasons += unmet(world, repo, pull, rules)
        if rules.linear and method == "merge":
            reasons.append(NO_MERGE_COMMITS)
        if rules.methods is not None and method not in rules.methods:
            reasons.append(METHODS[method][1])
        if reasons:
            raise ApiError(405, Refusal(source=rules.source, reasons=tuple(reasons)).message)


def merged_commit(world: World, repo: Doc, login: str, pull: Doc, plan: tuple[MergeRequest, str]) -> str:
    """Make what merging onto a tip (the plan's second part) makes, and move nothing; ConflictError."""
    git, head = world.git.open(repo["full_name"]), pull["head_sha"]
    wanted, tip = plan
    if wanted.method == "rebase":
        return rebased(git, tip, head, _person(world, login))
    tree = merged_tree(git, tip, head)
    if wanted.method == "squash":
        message = squash_message(repo, pull, pull_commits(world, repo, pull), (wanted.title, wanted.message))
        author, parents = _person(world, pull["user"]), tuple[str, ...]((tip,))
    else:
        message = merge_message(repo, pull, (wanted.title, wanted.message))
        author, parents = _person(world, login), (tip, head)
    draft = Draft(message=message, tree=tree, parents=parents, author=author, committer=_robot(world))
    return write_commit(git, draft)


def delete_head(world: World, repo: Doc, login: str, pull: Doc) -> None:
    """Delete the branch of a merged pull request, if it is still there."""
    name = f"{HEADS}{pull['head_ref']}"
    if name in world.git.open(repo["full_name"]).references:
        apply_change(world, repo, login, RefChange(name=name, old=pull["head_sha"], new=None))


def _person(world: World, login: str) -> pygit2.Signature:
    user = account(world, login)
    return signature(user["name"], user["email"], world.now())


def _robot(world: World) -> pygit2.Signature:
    return signature("GitHub", "noreply@github.com", world.now())
