"""Commit statuses.

https://docs.github.com/en/rest/commits/statuses
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.statuses import create_status
from sandbox.forge.verdicts import latest_statuses
from sandbox.rest.commits import commit_named
from sandbox.store import Doc
from sandbox.views.issues import user_json
from sandbox.views.links import node_id
from sandbox.views.repos import minimal_repository
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint


def create(call: Call) -> Response:
    """Create a commit status."""
    call.required("state", str)
    status = create_status(call.world, call.repo, call.actor.login, call.params["sha"], call.body)
    return answer(_status_json(call, status), 201)


def listed(call: Call) -> Response:
    """List all statuses of a commit, newest first."""
    sha = str(commit_named(call, call.params["ref"]).id)
    found = call.world.store.find(f"status:{call.full_name}", "sha", sha)
    return call.listing(list(reversed(found)), lambda status: _status_json(call, status))


def combined(call: Call) -> Response:
    """Get the combined status: the newest of each context, and what they come to."""
    sha = str(commit_named(call, call.params["ref"]).id)
    statuses = latest_statuses(call.world, call.full_name, sha)
    links, name = call.world.links, call.full_name
    return answer(
        {
            "state": _combined_state({one["state"] for one in statuses}),
            "statuses": [_simple_json(call, one) for one in statuses],
            "sha": sha,
            "total_count": len(statuses),
            "repository": minimal_repository(links, call.repo),
            "commit_url": links.repo(name, "commits", sha),
            "url": links.repo(name, "commits", sha, "status"),
        }
    )


def _combined_state(states: set[str]) -> str:
    if states & {"error", "failure"}:
        return "failure"
    return "pending" if not states or "pending" in states else "success"


def _simple_json(call: Call, status: Doc) -> dict[str, Any]:
    plain = ("id", "state", "description", "target_url", "context", "created_at", "updated_at")
    return {
        **{name: status[name] for name in plain},
        "url": call.world.links.repo(call.full_name, "statuses", status["sha"]),
        "avatar_url": call.world.links.page("avatars", status["creator"]),
        "node_id": node_id("StatusContext", call.full_name, status["id"]),
    }


def _status_json(call: Call, status: Doc) -> dict[str, Any]:
    return _simple_json(call, status) | {"creator": user_json(call.world, status["creator"])}


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("POST", f"{_BASE}/statuses/{{sha}}", create, "statuses:write"),
    endpoint("GET", f"{_BASE}/statuses/{{ref}}", listed),
    endpoint("GET", f"{_BASE}/commits/{{ref:path}}/statuses", listed),
    endpoint("GET", f"{_BASE}/commits/{{ref:path}}/status", combined),
)
