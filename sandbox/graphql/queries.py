"""The roots of a query."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.forge.issues import find_issue
from sandbox.forge.labels import label_named
from sandbox.graphql import queues
from sandbox.graphql.connections import connection
from sandbox.graphql.objects import actor_view, expression_view, iso, label_view, object_view, ref_view
from sandbox.graphql.pulls import pull_view, state_of
from sandbox.graphql.scene import GraphError, Scene, Shown, resolve_id
from sandbox.store import Doc
from sandbox.views.links import node_id
from sandbox.web.errors import ApiError

Args = Mapping[str, Any]
#: GraphQL's names of settings that say how pull requests are merged
_MERGING = {
    "autoMergeAllowed": "allow_auto_merge",
    "deleteBranchOnMerge": "delete_branch_on_merge",
    "mergeCommitAllowed": "allow_merge_commit",
    "rebaseMergeAllowed": "allow_rebase_merge",
    "squashMergeAllowed": "allow_squash_merge",
}


def find_pull(scene: Scene, repo: Doc, number: int) -> Doc:
    """Find a pull request; NOT_FOUND in GitHub's words."""
    missing = GraphError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
    try:
        found = find_issue(scene.world, repo["full_name"], number)
    except ApiError:
        raise missing from None
    if not found["pull"]:
        raise missing
    return found


def pull_of(scene: Scene, value: str) -> tuple[Doc, Doc]:
    """Find a pull request and its repository by its global id."""
    _, full_name, number = resolve_id(value, "PullRequest")
    repo = scene.repo(full_name)
    return repo, find_pull(scene, repo, int(number))


def _wanted_pulls(scene: Scene, repo: Doc, args: Args) -> list[Doc]:
    names = {"headRefName": "head_ref", "baseRefName": "base_ref"}
    wanted = {field: args[name] for name, field in names.items() if args.get(name) is not None}
    states, labels = args.get("states"), set(args.get("labels") or ())
    found = [
        pull
        for pull in scene.world.store.all(f"issue:{repo['full_name']}")
        if pull["pull"]
        and all(pull[field] == value for field, value in wanted.items())
        and (states is None or state_of(pull) in states)
        and (not labels or labels & set(pull["labels"]))
    ]
    order = args.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    field = "updated_at" if order["field"] == "UPDATED_AT" else "number"
    return sorted(found, key=lambda pull: pull[field], reverse=order["direction"] == "DESC")


def _qualified(scene: Scene, repo: Doc, name: str) -> Shown | None:
    candidates = (name,) if name.startswith("refs/") else (f"refs/heads/{name}", f"refs/tags/{name}")
    return next((shown for one in candidates if (shown := ref_view(scene, repo, one))), None)


def _repo_fields(scene: Scene, repo: Doc) -> dict[str, Any]:
    return {
        "__typename": "Repository",
        "id": node_id("Repository", repo["full_name"]),
        "databaseId": repo["id"],
        "name": repo["name"],
        "nameWithOwner": repo["full_name"],
        "url": scene.world.links.page(repo["full_name"]),
        "description": repo["description"],
        "isPrivate": False,
        "createdAt": iso(repo["created_at"]),
        **{field: repo[name] for field, name in _MERGING.items()},
        "owner": lambda _info: actor_view(scene, repo["owner"]["login"]),
    }


def repo_view(scene: Scene, repo: Doc) -> Shown:
    """Show a repository."""
    name = repo["full_name"]

    def pulls(_info: object, **args: Any) -> Shown:
        found = _wanted_pulls(scene, repo, args)
        return connection("pullRequests", found, args, lambda pull: pull_view(scene, repo, pull))

    def labels(_info: object, **args: Any) -> Shown:
        found = scene.world.store.all(f"label:{name}")
        return connection("labels", found, args, lambda label: label_view(repo, label))

    def label(_info: object, **args: str) -> Shown | None:
        found = label_named(scene.world, name, args["name"])
        return label_view(repo, found) if found else None

    return {
        **_repo_fields(scene, repo),
        "defaultBranchRef": lambda _info: ref_view(scene, repo, f"refs/heads/{repo['default_branch']}"),
        "ref": lambda _info, **args: _qualified(scene, repo, args["qualifiedName"]),
        "object": lambda _info, **args: expression_view(scene, repo, args),
        "pullRequest": lambda _info, **args: pull_view(scene, repo, find_pull(scene, repo, args["number"])),
        "pullRequests": pulls,
        "label": label,
        "mergeQueue": lambda _info, **args: queues.queue_view(scene, repo, args.get("branch"), pull_view),
        "labels": labels,
    }


def _label_node(scene: Scene, repo: Doc, name: str) -> Shown | None:
    found = label_named(scene.world, repo["full_name"], name)
    return {"__typename": "Label", **label_view(repo, found)} if found else None


def _ref_node(scene: Scene, repo: Doc, name: str) -> Shown | None:
    found = ref_view(scene, repo, name)
    return {"__typename": "Ref", **found} if found else None


_NODES: Mapping[str, Callable[[Scene, Doc, str], Shown | None]] = {
    "PullRequest": lambda scene, repo, key: pull_view(scene, repo, find_pull(scene, repo, int(key))),
    "Commit": lambda scene, repo, key: object_view(scene, repo, scene.git(repo)[key]),
    "Ref": _ref_node,
    "Label": _label_node,
}


def node(scene: Scene, value: str) -> Shown | None:
    """Show what a global id names."""
    kind, *key = resolve_id(value, "User", "Repository", *_NODES)
    if kind == "User":
        return actor_view(scene, key[0])
    repo = scene.repo(key[0])
    return repo_view(scene, repo) if kind == "Repository" else _NODES[kind](scene, repo, key[1])


def query_root(scene: Scene) -> Shown:
    """Return the fields of `Query`."""
    return {
        "id": node_id("Query", "root"),
        "viewer": lambda _info: actor_view(scene, scene.actor.login),
        "rateLimit": lambda _info, **_args: scene.budget(),
        "repository": lambda _info, **args: repo_view(scene, scene.repo(f"{args['owner']}/{args['name']}")),
        "node": lambda _info, **args: node(scene, args["id"]),
        "nodes": lambda _info, **args: [node(scene, one) for one in args["ids"]],
    }
