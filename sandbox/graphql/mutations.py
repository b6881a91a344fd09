"""Mutations: the same deeds as the REST API's, by the same functions.

https://docs.github.com/en/graphql/reference/mutations
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import pygit2

from sandbox.forge.accounts import account
from sandbox.forge.auto_merge import disable_auto_merge, enable_auto_merge, may_disable
from sandbox.forge.issues import IssueDraft, find_issue
from sandbox.forge.labelling import set_labels
from sandbox.forge.merging import MergeRequest, merge_pull
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.pulls import PullDraft, change_pull, open_pull
from sandbox.forge.refs import HEADS, RefChange, apply_change, require_allowed
from sandbox.git.commits import Draft, commit_at, signature, write_commit
from sandbox.git.trees import Change, changed_tree
from sandbox.graphql.enqueueing import dequeue_pull_request, enqueue_pull_request
from sandbox.graphql.objects import actor_view, object_view, ref_view
from sandbox.graphql.pulls import pull_view
from sandbox.graphql.queries import pull_of
from sandbox.graphql.reverts import revert_pull
from sandbox.graphql.scene import GraphError, Scene, Shown, resolve_id
from sandbox.store import Doc

Input = Mapping[str, Any]


def _shown(scene: Scene, repo: Doc, number: int) -> Shown:
    return pull_view(scene, repo, find_issue(scene.world, repo["full_name"], number))


def _changes(git: pygit2.Repository, wanted: Input) -> list[Change]:
    changes = []
    for one in wanted.get("additions") or ():
        try:
            content = base64.b64decode(one["contents"], validate=True)
        except binascii.Error:
            raise GraphError("UNPROCESSABLE", f"The contents of {one['path']} are not base64.") from None
        changes.append(Change(path=one["path"], sha=str(git.create_blob(content))))
    return changes + [Change(path=one["path"], sha=None) for one in wanted.get("deletions") or ()]


def _branch(scene: Scene, wanted: Input) -> tuple[Doc, str]:
    if wanted.get("id"):
        _, full_name, ref = resolve_id(wanted["id"], "Ref")
        return scene.repo(full_name), ref.removeprefix(HEADS)
    name = (wanted.get("branchName") or "").removeprefix(HEADS)
    return scene.repo(wanted.get("repositoryNameWithOwner") or ""), name


def create_commit_on_branch(scene: Scene, given: Input) -> Shown:
    """Commit file changes on a branch, only if it still points where the caller believes."""
    scene.require("contents", "write")
    repo, branch = _branch(scene, given["branch"])
    git, tip = scene.git(repo), branch_tip(scene.world, repo["full_name"], branch)
    if tip is None:
        raise GraphError("NOT_FOUND", f'No branch named "{branch}" exists.')
    if tip != given["expectedHeadOid"]:
        raise GraphError(
            "STALE_DATA",
            f'Expected branch to point to "{given["expectedHeadOid"]}" but it points to "{tip}".',
        )
    try:
        tree = changed_tree(git, git[tip].peel(pygit2.Tree), _changes(git, given.get("fileChanges") or {}))
    except KeyError as error:
        raise GraphError(
            "UNPROCESSABLE", f"A path was requested for deletion which does not exist: {error}"
        ) from None
    message = "\n\n".join(
        part for part in (given["message"]["headline"], given["message"].get("body")) if part
    )
    user = account(scene.world, scene.actor.login)
    person = signature(user["name"], user["email"], scene.world.now())
    sha = write_commit(
        git, Draft(message=message, tree=tree, parents=(tip,), author=person, committer=person)
    )
    change = RefChange(name=f"{HEADS}{branch}", old=tip, new=sha)
    require_allowed(scene.world, repo, scene.actor, change)
    apply_change(scene.world, repo, scene.actor.login, change)
    return {"commit": object_view(scene, repo, git[sha]), "ref": ref_view(scene, repo, change.name)}


def create_pull_request(scene: Scene, given: Input) -> Shown:
    """Open a pull request."""
    scene.require("pull_requests", "write")
    repo = scene.repo(resolve_id(given["repositoryId"], "Repository")[1])
    draft = PullDraft(
        issue=IssueDraft(title=given["title"], body=given.get("body")),
        head=given["headRefName"].removeprefix(HEADS).removeprefix(f"{repo['owner']['login']}:"),
        base=given["baseRefName"].removeprefix(HEADS),
        draft=given["draft"],
    )
    pull = open_pull(scene.world, repo, scene.actor.login, draft)
    return {"pullRequest": _shown(scene, repo, pull["number"])}


def _merge_request(given: Input) -> MergeRequest:
    return MergeRequest(
        method=given["mergeMethod"].lower(),
        sha=given.get("expectedHeadOid"),
        title=given.get("commitHeadline"),
        message=given.get("commitBody"),
    )


def merge_pull_request(scene: Scene, given: Input) -> Shown:
    """Merge a pull request."""
    scene.require("contents", "write")
    repo, pull = pull_of(scene, given["pullRequestId"])
    merge_pull(scene.world, repo, scene.actor, pull, _merge_request(given))
    return {"actor": actor_view(scene, scene.actor.login), "pullRequest": _shown(scene, repo, pull["number"])}


def close_pull_request(scene: Scene, given: Input) -> Shown:
    """Close a pull request."""
    scene.require("pull_requests", "write")
    repo, pull = pull_of(scene, given["pullRequestId"])
    change_pull(scene.world, repo, scene.actor.login, pull, {"state": "closed"})
    return {"pullRequest": _shown(scene, repo, pull["number"])}


def add_labels(scene: Scene, given: Input) -> Shown:
    """Add labels to a pull request."""
    scene.require("pull_requests", "write")
    repo, pull = pull_of(scene, given["labelableId"])
    names = [resolve_id(one, "Label")[2] for one in given["labelIds"]]
    set_labels(scene.world, repo, pull, [*pull["labels"], *names], scene.actor.login)
    return {"labelable": _shown(scene, repo, pull["number"])}


def merge_when_ready(scene: Scene, given: Input) -> Shown:
    """Have a pull request merged when nothing is missing any more."""
    scene.require("contents", "write")
    repo, pull = pull_of(scene, given["pullRequestId"])
    enable_auto_merge(scene.world, repo, scene.actor, pull, _merge_request(given))
    return {"actor": actor_view(scene, scene.actor.login), "pullRequest": _shown(scene, repo, pull["number"])}


def merge_by_hand(scene: Scene, given: Input) -> Shown:
    """Have a pull request no longer merged by itself."""
    repo, pull = pull_of(scene, given["pullRequestId"])
    if not may_disable(scene.world, repo, scene.actor, pull):
        raise GraphError("UNPROCESSABLE", "Can't disable auto-merge for this pull request.")
    disable_auto_merge(scene.world, repo, scene.actor.login, pull, "manual")
    return {"actor": actor_view(scene, scene.actor.login), "pullRequest": _shown(scene, repo, pull["number"])}


def revert_pull_request(scene: Scene, given: Input) -> Shown:
    """Open a pull request that undoes a merged one."""
    scene.require("contents", "write")
    repo, pull = pull_of(scene, given["pullRequestId"])
    title = given.get("title") or f'Revert "{pull["title"]}"'
    body = given.get("body") or f"Reverts {repo['full_name']}#{pull['number']}"
    draft = IssueDraft(title=title, body=body)
    made = revert_pull(scene, repo, pull, draft)
    return {
        "pullRequest": _shown(scene, repo, pull["number"]),
        "revertPullRequest": _shown(scene, repo, made["number"]),
    }


def create_ref(scene: Scene, given: Input) -> Shown:
    """Create a branch or tag."""
    scene.require("contents", "write")
    repo = scene.repo(resolve_id(given["repositoryId"], "Repository")[1])
    git, name = scene.git(repo), given["name"]
    if not name.startswith(("refs/heads/", "refs/tags/")) or not pygit2.reference_is_valid_name(name):
        raise GraphError("UNPROCESSABLE", f"{name} is not a valid ref name.")
    if name in git.references:
        raise GraphError("UNPROCESSABLE", f'A ref named "{name}" already exists in the repository.')
    if commit_at(git, given["oid"]) is None:
        raise GraphError("UNPROCESSABLE", "Oid does not exist in this repository")
    apply_change(scene.world, repo, scene.actor.login, RefChange(name=name, old=None, new=given["oid"]))
    return {"ref": ref_view(scene, repo, name)}


def delete_ref(scene: Scene, given: Input) -> Shown:
    """Delete a branch or tag."""
    scene.require("contents", "write")
    _, full_name, name = resolve_id(given["refId"], "Ref")
    repo = scene.repo(full_name)
    found = scene.git(repo).references.get(name)
    if found is None:
        raise GraphError("NOT_FOUND", f"Could not resolve to a Ref with the name '{name}'.")
    change = RefChange(name=name, old=str(found.target), new=None)
    require_allowed(scene.world, repo, scene.actor, change)
    apply_change(scene.world, repo, scene.actor.login, change)
    return {}


_MUTATIONS: Mapping[str, Callable[[Scene, Input], Shown]] = {
    "createCommitOnBranch": create_commit_on_branch,
    "createPullRequest": create_pull_request,
    "mergePullRequest": merge_pull_request,
    "closePullRequest": close_pull_request,
    "addLabelsToLabelable": add_labels,
    "enablePullRequestAutoMerge": merge_when_ready,
    "disablePullRequestAutoMerge": merge_by_hand,
    "enqueuePullRequest": enqueue_pull_request,
    "dequeuePullRequest": dequeue_pull_request,
    "revertPullRequest": revert_pull_request,
    "createRef": create_ref,
    "deleteRef": delete_ref,
}


def mutation_root(scene: Scene) -> Shown:
    """Return the fields of `Mutation`; each echoes `clientMutationId`."""

    def field(deed: Callable[[Scene, Input], Shown]) -> Callable[..., Shown]:
        return lambda _info, **args: {
            **deed(scene, args["input"]),
            "clientMutationId": args["input"].get("clientMutationId"),
        }

    return {name: field(deed) for name, deed in _MUTATIONS.items()}
