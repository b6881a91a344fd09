"""Undoing a merged pull request by another one, as GitHub's button does."""

import pygit2

from sandbox.forge.accounts import account
from sandbox.forge.issues import IssueDraft
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.pulls import PullDraft, open_pull
from sandbox.forge.refs import HEADS, RefChange, apply_change
from sandbox.git.commits import Draft, signature, write_commit
from sandbox.graphql.scene import GraphError, Scene
from sandbox.store import Doc


def _reverted_tree(git: pygit2.Repository, tip: str, pull: Doc) -> str:
    """Apply the difference from the merge back to the base before it, whichever way it was merged."""
    merged, before, now = (
        git[sha].peel(pygit2.Tree) for sha in (pull["merge_commit_sha"], pull["base_sha"], tip)
    )
    index = git.merge_trees(merged, now, before)
    if index.conflicts is not None:
        raise GraphError("UNPROCESSABLE", "This pull request can't be reverted automatically.")
    return str(index.write_tree(git))


def revert_pull(scene: Scene, repo: Doc, pull: Doc, draft: IssueDraft) -> Doc:
    """Open a pull request that undoes a merged one, from the branch `revert-{number}-{head}`."""
    world, git = scene.world, scene.git(repo)
    tip = branch_tip(world, repo["full_name"], pull["base_ref"])
    if not pull["merged_at"] or tip is None:
        raise GraphError("UNPROCESSABLE", "Pull request is not merged and cannot be reverted.")
    name = f"revert-{pull['number']}-{pull['head_ref']}"
    if f"{HEADS}{name}" in git.references:
        raise GraphError("UNPROCESSABLE", "This pull request has already been reverted.")
    user = account(world, scene.actor.login)
    person = signature(user["name"], user["email"], world.now())
    message = (
        f'Revert "{pull["title"]} (#{pull["number"]})"\n\nThis reverts commit {pull["merge_commit_sha"]}.'
    )
    tree = _reverted_tree(git, tip, pull)
    sha = write_commit(
        git, Draft(message=message, tree=tree, parents=(tip,), author=person, committer=person)
    )
    apply_change(world, repo, scene.actor.login, RefChange(name=f"{HEADS}{name}", old=None, new=sha))
    return open_pull(world, repo, scene.actor.login, PullDraft(issue=draft, head=name, base=pull["base_ref"]))
