"""Pull requests as GraphQL shows them."""

from collections.abc import Mapping
from typing import Any

import pygit2

from sandbox.forge.auto_merge import auto_merge_of, may_disable, may_enable
from sandbox.forge.labels import label_named
from sandbox.forge.mergeability import verdict_of
from sandbox.forge.pull_reads import pull_commits, pull_files
from sandbox.git.diffs import FileChange
from sandbox.graphql import queues
from sandbox.graphql.checks import rollup_view
from sandbox.graphql.connections import connection
from sandbox.graphql.objects import actor_view, label_view, object_view, ref_view
from sandbox.graphql.scene import Scene, Shown
from sandbox.store import Doc
from sandbox.views.links import node_id

_CHANGE = {
    "added": "ADDED",
    "removed": "DELETED",
    "renamed": "RENAMED",
    "copied": "COPIED",
    "changed": "CHANGED",
}
_MERGEABLE = {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}
Args = Mapping[str, Any]


def _file_view(change: FileChange) -> Shown:
    return {
        "path": change.filename,
        "changeType": _CHANGE.get(change.status, "MODIFIED"),
        "additions": change.additions,
        "deletions": change.deletions,
    }


def state_of(pull: Doc) -> str:
    """Return GraphQL's state: OPEN, CLOSED or MERGED."""
    return "MERGED" if pull["merged_at"] else str(pull["state"]).upper()


def _plain_fields(scene: Scene, repo: Doc, pull: Doc) -> dict[str, Any]:
    number, state = pull["number"], state_of(pull)
    return {
        "__typename": "PullRequest",
        "id": node_id("PullRequest", repo["full_name"], number),
        "databaseId": pull["id"],
        "number": number,
        "state": state,
        "merged": state == "MERGED",
        "mergedAt": pull["merged_at"],
        "closed": state != "OPEN",
        "closedAt": pull["closed_at"],
        "createdAt": pull["created_at"],
        "updatedAt": pull["updated_at"],
        "isDraft": pull["draft"],
        "isCrossRepository": False,
        "title": pull["title"],
        "body": pull["body"] or "",
        "url": scene.world.links.page(repo["full_name"], "pull", number),
        "headRefName": pull["head_ref"],
        "headRefOid": pull["head_sha"],
        "baseRefName": pull["base_ref"],
        "baseRefOid": pull["base_sha"],
    }


def _list_fields(scene: Scene, repo: Doc, pull: Doc) -> dict[str, Any]:
    def files(_info: object, **args: Any) -> Shown:
        return connection("files", pull_files(scene.world, repo, pull), args, _file_view)

    def commits(_info: object, **args: Any) -> Shown:
        return connection("commits", pull_commits(scene.world, repo, pull), args, one_commit)

    def one_commit(commit: pygit2.Commit) -> Shown:
        sha = str(commit.id)
        return {
            "id": node_id("PullRequestCommit", repo["full_name"], pull["number"], sha),
            "url": scene.world.links.page(repo["full_name"], "pull", pull["number"], "commits", sha),
            "commit": lambda _info: object_view(scene, repo, commit),
            "pullRequest": lambda _info: pull_view(scene, repo, pull),
        }

    def labels(_info: object, **args: Any) -> Shown:
        found = [label_named(scene.world, repo["full_name"], name) for name in pull["labels"]]
        return connection(
            "labels", [one for one in found if one], args, lambda label: label_view(repo, label)
        )

    return {"files": files, "commits": commits, "labels": labels}


def _merge_commit(scene: Scene, repo: Doc, pull: Doc) -> Shown | None:
    if not pull["merged_at"] or not pull["merge_commit_sha"]:
        return None
    return object_view(scene, repo, scene.git(repo)[pull["merge_commit_sha"]])


def _auto_merge(scene: Scene, repo: Doc, pull: Doc) -> Shown | None:
    wanted = auto_merge_of(scene.world, repo["full_name"], pull["number"])
    if wanted is None:
        return None
    return {
        "commitBody": wanted["message"],
        "commitHeadline": wanted["title"],
        "enabledAt": wanted["enabled_at"],
        "enabledBy": lambda _info: actor_view(scene, wanted["login"]),
        "mergeMethod": str(wanted["method"]).upper(),
        "pullRequest": lambda _info: pull_view(scene, repo, pull),
    }


def pull_view(scene: Scene, repo: Doc, pull: Doc) -> Shown:
    """Show a pull request."""
    world = scene.world

    def lines(kind: str) -> int:
        return sum(getattr(change, kind) for change in pull_files(world, repo, pull))

    return {
        **_plain_fields(scene, repo, pull),
        **_list_fields(scene, repo, pull),
        **queues.pull_fields(scene, repo, pull, pull_view),
        "author": lambda _info: actor_view(scene, pull["user"]),
        "mergedBy": lambda _info: actor_view(scene, pull["merged_by"]),
        "mergeable": lambda _info: _MERGEABLE[verdict_of(world, repo, pull).mergeable],
        "mergeStateStatus": lambda _info: verdict_of(world, repo, pull).state.upper(),
        "mergeCommit": lambda _info: _merge_commit(scene, repo, pull),
        "headRef": lambda _info: ref_view(scene, repo, f"refs/heads/{pull['head_ref']}"),
        "statusCheckRollup": lambda _info: rollup_view(scene, repo, pull["head_sha"]),
        "additions": lambda _info: lines("additions"),
        "deletions": lambda _info: lines("deletions"),
        "changedFiles": lambda _info: len(pull_files(world, repo, pull)),
        "autoMergeRequest": lambda _info: _auto_merge(scene, repo, pull),
        "viewerCanEnableAutoMerge": lambda _info: may_enable(world, repo, scene.actor, pull),
        "viewerCanDisableAutoMerge": lambda _info: may_disable(world, repo, scene.actor, pull),
    }
