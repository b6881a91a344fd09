"""Commit statuses: `status:{repo}` key id."""

from collections.abc import Mapping
from typing import Any

from sandbox.forge.publish import publish
from sandbox.git.commits import commit_at
from sandbox.store import Doc
from sandbox.views.commits import commit_json
from sandbox.web.errors import ApiError
from sandbox.world import World

STATES = ("error", "failure", "pending", "success")


def create_status(world: World, repo: Doc, login: str, sha: str, fields: Mapping[str, Any]) -> Doc:
    """Report a status; `fields` as in the REST body: state, context, description, target_url."""
    name, state = repo["full_name"], fields.get("state")
    commit = commit_at(world.git.open(name), sha)
    if commit is None:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    if state not in STATES:
        raise ApiError(422, f"Invalid request.\n\n{state} is not a member of {list(STATES)}.")
    now = world.stamp()
    document = {
        "id": world.store.next_id("id", start=1001),
        "sha": sha,
        "state": state,
        "context": fields.get("context") or "default",
        "description": fields.get("description"),
        "target_url": fields.get("target_url"),
        "creator": login,
        "created_at": now,
        "updated_at": now,
    }
    status = world.store.put(f"status:{name}", document["id"], document)
    plain = {field: document[field] for field in document if field != "creator"}
    shown = commit_json(world, name, commit)
    publish(world, repo, "status", login, {**plain, "name": name, "commit": shown, "branches": []})
    return status
