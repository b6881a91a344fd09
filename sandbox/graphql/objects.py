"""Git objects, refs, accounts and labels as GraphQL shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pygit2

from sandbox.forge.accounts import account
from sandbox.forge.rules import rules_for
from sandbox.git.commits import resolve, stamp_of
from sandbox.git.trees import entry_at
from sandbox.graphql.checks import rollup_view
from sandbox.graphql.connections import connection
from sandbox.graphql.scene import Scene, Shown
from sandbox.store import Doc
from sandbox.views.links import node_id

GitThing = pygit2.Commit | pygit2.Tree | pygit2.Blob | pygit2.Tag | pygit2.Object
_SHORT = 7
_LARGEST_TEXT = 512_000


def actor_view(scene: Scene, login: str | None) -> Shown | None:
    """Show an account, or None for nobody."""
    if login is None:
        return None
    user = account(scene.world, login)
    kind = user["type"] if user["type"] in {"User", "Organization"} else "User"
    return {
        "__typename": kind,
        "id": node_id("User", user["login"]),
        "databaseId": user["id"],
        "login": user["login"],
        "name": user["name"],
        "avatarUrl": scene.world.links.page("avatars", user["login"]),
        "resourcePath": f"/{user['login']}",
        "url": scene.world.links.page(user["login"]),
    }


def label_view(repo: Doc, label: Doc) -> Shown:
    """Show a label."""
    return {
        "id": node_id("Label", repo["full_name"], label["name"]),
        "name": label["name"],
        "color": label["color"],
        "description": label["description"],
    }


def ref_view(scene: Scene, repo: Doc, full_ref: str) -> Shown | None:
    """Show a branch or tag by its full name, or None."""
    git = scene.git(repo)
    found = git.references.get(full_ref)
    if found is None:
        return None
    prefix = next((one for one in ("refs/heads/", "refs/tags/") if full_ref.startswith(one)), "refs/")
    return {
        "id": node_id("Ref", repo["full_name"], full_ref),
        "name": full_ref.removeprefix(prefix),
        "prefix": prefix,
        "refUpdateRule": lambda _info: _update_rule(scene, repo, full_ref.removeprefix(prefix)),
        "target": lambda _info: object_view(scene, repo, git[found.target]),
    }


def _update_rule(scene: Scene, repo: Doc, branch: str) -> Shown | None:
    """Show what classic protection demands of a branch; rulesets are told elsewhere."""
    found = [rule for rule in rules_for(scene.world, repo, branch) if rule.source == "protection"]
    if not found:
        return None
    return {
        "pattern": branch,
        "requiredStatusCheckContexts": [check.context for check in found[0].checks],
        "requiresLinearHistory": found[0].linear,
    }


def object_view(scene: Scene, repo: Doc, found: GitThing) -> Shown:
    """Show a commit, tree, blob or tag."""
    oid = str(found.id)
    kind = type(found).__name__
    shown: dict[str, Any] = {
        "__typename": kind,
        "id": node_id(kind, repo["full_name"], oid),
        "oid": oid,
        "abbreviatedOid": oid[:_SHORT],
    }
    if isinstance(found, pygit2.Commit):
        return shown | _commit_fields(scene, repo, found)
    if isinstance(found, pygit2.Blob):
        text = None if found.is_binary else found.data[:_LARGEST_TEXT].decode("utf-8", "replace")
        size = {"byteSize": found.size, "isTruncated": found.size > _LARGEST_TEXT}
        return shown | size | {"text": text, "isBinary": found.is_binary}
    if isinstance(found, pygit2.Tag):
        return shown | {"name": found.name, "message": found.message}
    return shown


def _commit_fields(scene: Scene, repo: Doc, commit: pygit2.Commit) -> dict[str, Any]:
    message = commit.message.removesuffix("\n")
    headline, _, body = message.partition("\n")

    def parents(_info: object, **args: Any) -> Shown:
        return connection("parents", commit.parents, args, lambda one: object_view(scene, repo, one))

    return {
        "message": message,
        "messageHeadline": headline,
        "messageBody": body.strip(),
        "committedDate": stamp_of(commit.committer),
        "authoredDate": stamp_of(commit.author),
        "url": scene.world.links.page(repo["full_name"], "commit", commit.id),
        "parents": parents,
        "statusCheckRollup": lambda _info: _rollup(scene, repo, commit),
    }


def _rollup(scene: Scene, repo: Doc, commit: pygit2.Commit) -> Shown | None:
    shown = rollup_view(scene, repo, str(commit.id))
    return None if shown is None else {**shown, "commit": lambda _info: object_view(scene, repo, commit)}


def expression_view(scene: Scene, repo: Doc, args: Mapping[str, Any]) -> Shown | None:
    """Show what `expression` (`main`, `main:docs/FAQ.md`, a sha) or `oid` names, or None."""
    git = scene.git(repo)
    if args.get("oid"):
        found: GitThing | None = git.get(args["oid"])
        return object_view(scene, repo, found) if found is not None else None
    name, colon, path = (args.get("expression") or "").partition(":")
    commit = resolve(git, repo["default_branch"] if name == "HEAD" else name)
    if commit is None:
        return None
    found = entry_at(commit.tree, path) if colon else commit
    return object_view(scene, repo, found) if found is not None else None


def iso(moment: str | None) -> str | None:
    """Return a stored time as GraphQL writes it."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
