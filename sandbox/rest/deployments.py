"""Deployments and deployment statuses.

https://docs.github.com/en/rest/deployments
"""

from starlette.responses import Response

from sandbox.forge.deployments import create_deployment, create_deployment_status, statuses_of
from sandbox.forge.rules import RequiredCheck, Rules
from sandbox.forge.verdicts import latest_statuses, refusal
from sandbox.git.commits import resolve
from sandbox.store import Doc
from sandbox.views.deployments import deployment_json, deployment_status_json
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found

_FILTERS = ("sha", "ref", "task", "environment")


def listed(call: Call) -> Response:
    """List deployments, newest first, by sha, ref, task and environment."""
    wanted = {name: call.query[name] for name in _FILTERS if name in call.query}
    found = [
        one
        for one in reversed(call.world.store.all(f"deployment:{call.full_name}"))
        if all(one[name] == value for name, value in wanted.items())
    ]
    return call.listing(found, lambda one: deployment_json(call.world, call.full_name, one))


def create(call: Call) -> Response:
    """Create a deployment; 409 while required contexts are not green."""
    _require_contexts(call, call.required("ref", str))
    deployment = create_deployment(call.world, call.repo, call.actor.login, call.body)
    return answer(deployment_json(call.world, call.full_name, deployment), 201)


def get(call: Call) -> Response:
    """Get a deployment."""
    return answer(deployment_json(call.world, call.full_name, _deployment(call)))


def delete(call: Call) -> Response:
    """Delete a deployment that is not active."""
    deployment = _deployment(call)
    newest = next(iter(statuses_of(call.world, call.full_name, deployment)), None)
    if newest is not None and newest["state"] == "success":
        raise ApiError(422, "We cannot delete an active deployment unless it is the only deployment.")
    call.world.store.delete(f"deployment:{call.full_name}", deployment["id"])
    return nothing()


def list_statuses(call: Call) -> Response:
    """List statuses of a deployment, newest first."""
    found = statuses_of(call.world, call.full_name, _deployment(call))
    return call.listing(found, lambda one: deployment_status_json(call.world, call.full_name, one))


def create_status(call: Call) -> Response:
    """Create a deployment status."""
    call.required("state", str)
    deployment = _deployment(call)
    status = create_deployment_status(call.world, call.repo, call.actor.login, deployment, call.body)
    return answer(deployment_status_json(call.world, call.full_name, status), 201)


def get_status(call: Call) -> Response:
    """Get a deployment status."""
    found = call.world.store.get(f"deployment_status:{call.full_name}", call.number("status"))
    if found is None or found["deployment"] != _deployment(call)["id"]:
        raise not_found()
    return answer(deployment_status_json(call.world, call.full_name, found))


def _require_contexts(call: Call, ref: str) -> None:
    commit = resolve(call.git, ref)
    if commit is None:
        raise ApiError(422, f"No ref found for: {ref}")
    sha = str(commit.id)
    contexts = call.names("required_contexts")
    if call.body.get("required_contexts") is None:
        contexts = [status["context"] for status in latest_statuses(call.world, call.full_name, sha)]
    checks = tuple(RequiredCheck(context=context, app_id=None) for context in contexts)
    if refusal(call.world, call.full_name, sha, Rules(source="protection", checks=checks)):
        raise ApiError(409, f"Conflict: Commit status checks failed for {ref}.")


def _deployment(call: Call) -> Doc:
    found = call.world.store.get(f"deployment:{call.full_name}", call.number("deployment"))
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}/deployments"
ENDPOINTS = (
    endpoint("GET", _BASE, listed),
    endpoint("POST", _BASE, create, "deployments:write"),
    endpoint("GET", f"{_BASE}/{{deployment}}", get),
    endpoint("DELETE", f"{_BASE}/{{deployment}}", delete, "deployments:write"),
    endpoint("GET", f"{_BASE}/{{deployment}}/statuses", list_statuses),
    endpoint("POST", f"{_BASE}/{{deployment}}/statuses", create_status, "deployments:write"),
    endpoint("GET", f"{_BASE}/{{deployment}}/statuses/{{status}}", get_status),
)
