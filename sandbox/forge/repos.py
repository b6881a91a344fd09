"""Repositories."""

from typing import Any

from sandbox.forge.accounts import ensure_user
from sandbox.store import Doc
from sandbox.views.repos import SETTINGS
from sandbox.web.errors import ApiError
from sandbox.world import World


def find_repo(world: World, full_name: str) -> Doc | None:
    """Find the repository, in any case of letters, or None."""
    return world.store.get("repo", full_name.lower())


def create_repo(world: World, owner: str, name: str, settings: dict[str, Any] | None = None) -> Doc:
    """Make an empty repository; 422 if its name is taken."""
    full_name = f"{owner}/{name}"
    if find_repo(world, full_name) is not None:
        taken = {"resource": "Repository", "code": "custom", "field": "name"}
        message = "name already exists on this account"
        raise ApiError(422, "Repository creation failed.", {**taken, "message": message})
    now = world.stamp()
    document = {
        **SETTINGS,
        **(settings or {}),
        "id": world.store.next_id("id", start=1001),
        "name": name,
        "full_name": full_name,
        "owner": dict(ensure_user(world, owner)),
        "created_at": now,
        "updated_at": now,
        "pushed_at": now,
    }
    world.git.create(full_name, document["default_branch"])
    return world.store.put("repo", full_name.lower(), document)


def change_repo(world: World, repo: Doc, changes: dict[str, Any]) -> Doc:
    """Change settings of a repository and return it as it is now."""
    changed = {**repo, **changes, "updated_at": world.stamp()}
    return world.store.put("repo", str(repo["full_name"]).lower(), changed)


def open_issue_count(world: World, full_name: str) -> int:
    """Open issues and pull requests together, as GitHub counts them."""
    return len(world.store.find(f"issue:{full_name}", "state", "open"))
