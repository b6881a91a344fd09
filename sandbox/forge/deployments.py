"""Deployments and what became of them.

- `deployment:{repo}` key id: `{id, sha, ref, task, payload, environment, description, creator, transient,
  production, created_at, updated_at}`
- `deployment_status:{repo}` key id: `{id, deployment, state, creator, description, environment,
  environment_url, log_url, created_at, updated_at}`
"""

from collections.abc import Mapping
from typing import Any

from sandbox.forge.publish import publish
from sandbox.git.commits import resolve
from sandbox.store import Doc
from sandbox.views.deployments import deployment_json, deployment_status_json
from sandbox.web.errors import ApiError
from sandbox.world import World

STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


def create_deployment(world: World, repo: Doc, login: str, fields: Mapping[str, Any]) -> Doc:
    """Record a deployment; `fields` as in the REST body: ref, task, environment, payload, description …."""
    commit = resolve(world.git.open(repo["full_name"]), str(fields["ref"]))
    if commit is None:
        raise ApiError(422, f"No ref found for: {fields['ref']}")
    now, environment = world.stamp(), fields.get("environment") or "production"
    document = {
        "id": world.store.next_id("id", start=1001),
        "sha": str(commit.id),
        "ref": fields["ref"],
        "task": fields.get("task") or "deploy",
        "payload": fields.get("payload") or {},
        "environment": environment,
        "description": fields.get("description"),
        "creator": login,
        "transient": bool(fields.get("transient_environment", False)),
        "production": bool(fields.get("production_environment", environment == "production")),
        "created_at": now,
        "updated_at": now,
    }
    saved = world.store.put(f"deployment:{repo['full_name']}", document["id"], document)
    shown = deployment_json(world, repo["full_name"], saved)
    publish(world, repo, "deployment", login, {"action": "created", "deployment": shown})
    return saved


def create_deployment_status(
    world: World, repo: Doc, login: str, deployment: Doc, fields: Mapping[str, Any]
) -> Doc:
    """Record a status; a success makes earlier ones of the environment inactive unless told otherwise."""
    state, name = fields.get("state"), repo["full_name"]
    if state not in STATES:
        raise ApiError(422, f"Invalid request.\n\n{state} is not a member of {list(STATES)}.")
    earlier = _replaced(world, name, deployment) if state == "success" else []
    if fields.get("auto_inactive", True):
        for old in earlier:
            _record(world, repo, login, old, {"state": "inactive"})
    return _record(world, repo, login, deployment, fields)


def statuses_of(world: World, repo: str, deployment: Doc) -> list[Doc]:
    """Statuses of a deployment, newest first."""
    return world.store.find(f"deployment_status:{repo}", "deployment", deployment["id"])[::-1]


def _replaced(world: World, repo: str, deployment: Doc) -> list[Doc]:
    same = world.store.find(f"deployment:{repo}", "environment", deployment["environment"])
    found = []
    for old in same:
        newest = next(iter(statuses_of(world, repo, old)), None)
        older = old["id"] < deployment["id"] and not old["transient"] and not old["production"]
        if older and newest is not None and newest["state"] == "success":
            found.append(old)
    return found


def _record(world: World, repo: Doc, login: str, deployment: Doc, fields: Mapping[str, Any]) -> Doc:
    now, name = world.stamp(), repo["full_name"]
    document = {
        "id": world.store.next_id("id", start=1001),
        "deployment": deployment["id"],
        "state": fields["state"],
        "creator": login,
        "description": fields.get("description") or "",
        "environment": fields.get("environment") or deployment["environment"],
        "environment_url": fields.get("environment_url") or "",
        "log_url": fields.get("log_url") or fields.get("target_url") or "",
        "created_at": now,
        "updated_at": now,
    }
    saved = world.store.put(f"deployment_status:{name}", document["id"], document)
    world.store.put(f"deployment:{name}", deployment["id"], {**deployment, "updated_at": now})
    payload = {
        "action": "created",
        "deployment_status": deployment_status_json(world, name, saved),
        "deployment": deployment_json(world, name, deployment),
    }
    publish(world, repo, "deployment_status", login, payload)
    return saved
