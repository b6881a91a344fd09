"""Comments on issues and pull requests.

https://docs.github.com/en/rest/issues/comments
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.issues import find_issue
from sandbox.forge.publish import publish
from sandbox.store import Doc
from sandbox.views.issues import comment_json, issue_json
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found


def create(call: Call) -> Response:
    """Create a comment."""
    issue, now = find_issue(call.world, call.full_name, call.number("number")), call.world.stamp()
    document = {
        "id": call.world.store.next_id("id", start=1001),
        "issue": issue["number"],
        "user": call.actor.login,
        "body": _body(call),
        "created_at": now,
        "updated_at": now,
    }
    saved = call.world.store.put(f"comment:{call.full_name}", document["id"], document)
    return answer(_announced(call, saved, "created"), 201)


def listed(call: Call) -> Response:
    """List comments of an issue or pull request, oldest first."""
    issue = find_issue(call.world, call.full_name, call.number("number"))
    found = call.world.store.find(f"comment:{call.full_name}", "issue", issue["number"])
    return call.listing(found, lambda one: comment_json(call.world, call.full_name, one))


def listed_all(call: Call) -> Response:
    """List comments of a repository, oldest first."""
    found = call.world.store.all(f"comment:{call.full_name}")
    return call.listing(found, lambda one: comment_json(call.world, call.full_name, one))


def get(call: Call) -> Response:
    """Get a comment."""
    return answer(comment_json(call.world, call.full_name, _comment(call)))


def update(call: Call) -> Response:
    """Update a comment."""
    changed = {**_comment(call), "body": _body(call), "updated_at": call.world.stamp()}
    saved = call.world.store.put(f"comment:{call.full_name}", changed["id"], changed)
    return answer(_announced(call, saved, "edited"))


def delete(call: Call) -> Response:
    """Delete a comment."""
    comment = _comment(call)
    call.world.store.delete(f"comment:{call.full_name}", comment["id"])
    _announced(call, comment, "deleted")
    return nothing()


def _body(call: Call) -> str:
    body = call.required("body", str)
    if not body.strip():
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        raise ApiError(422, "Validation Failed", {**error, "message": "Body cannot be blank"})
    return body


def _announced(call: Call, comment: Doc, action: str) -> dict[str, Any]:
    issue = find_issue(call.world, call.full_name, comment["issue"])
    shown = comment_json(call.world, call.full_name, comment)
    about = issue_json(call.world, call.full_name, issue)
    payload = {"action": action, "issue": about, "comment": shown}
    publish(call.world, call.repo, "issue_comment", call.actor.login, payload)
    return shown


def _comment(call: Call) -> Doc:
    found = call.world.store.get(f"comment:{call.full_name}", call.number("comment"))
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}/issues"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/comments", listed_all),
    endpoint("GET", f"{_BASE}/comments/{{comment}}", get),
    endpoint("PATCH", f"{_BASE}/comments/{{comment}}", update, "issues:write|pull_requests:write"),
    endpoint("DELETE", f"{_BASE}/comments/{{comment}}", delete, "issues:write|pull_requests:write"),
    endpoint("GET", f"{_BASE}/{{number}}/comments", listed),
    endpoint("POST", f"{_BASE}/{{number}}/comments", create, "issues:write|pull_requests:write"),
)
