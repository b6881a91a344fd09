"""Reviews of pull requests, and who is asked for one.

https://docs.github.com/en/rest/pulls/reviews
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.issues import save_issue
from sandbox.forge.publish import publish
from sandbox.forge.pull_reads import find_pull
from sandbox.forge.pull_sync import announce_pull
from sandbox.store import Doc
from sandbox.views.issues import user_json
from sandbox.views.pulls import pull_simple, review_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found

_STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
    "": "PENDING",
}


def create(call: Call) -> Response:
    """Create a review; without an event it stays pending."""
    pull, event = _pull(call), call.text("event")
    if event not in _STATES:
        raise ApiError(
            422, f"Invalid request.\n\n{event} is not a member of {[one for one in _STATES if one]}."
        )
    if event in {"REQUEST_CHANGES", "COMMENT"} and not call.text("body"):
        raise ApiError(422, "Unprocessable Entity", "Body is required")
    if event in {"APPROVE", "REQUEST_CHANGES"} and call.actor.login == pull["user"]:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", f"Can not {verb} your own pull request")
    document = {
        "id": call.world.store.next_id("id", start=1001),
        "pull": pull["number"],
        "user": call.actor.login,
        "body": call.text("body"),
        "state": _STATES[event],
        "commit_id": call.text("commit_id") or pull["head_sha"],
        "submitted_at": call.world.stamp() if event else None,
    }
    return _saved(call, pull, document, "submitted" if event else "")


def submit(call: Call) -> Response:
    """Submit a pending review."""
    review, event = _review(call), call.required("event", str)
    if review["state"] != "PENDING" or event not in _STATES:
        raise ApiError(422, "Unprocessable Entity", "Can not submit this review")
    changes = {"state": _STATES[event], "submitted_at": call.world.stamp()}
    body = call.text("body") or review["body"]
    return _saved(call, _pull(call), {**review, **changes, "body": body}, "submitted")


def dismiss(call: Call) -> Response:
    """Dismiss an approving or refusing review, with a message."""
    review = _review(call)
    call.required("message", str)
    if review["state"] not in {"APPROVED", "CHANGES_REQUESTED"}:
        reason = f"Can not dismiss a {review['state'].lower()} pull request review"
        raise ApiError(422, "Unprocessable Entity", reason)
    return _saved(call, _pull(call), {**review, "state": "DISMISSED"}, "dismissed")


def get(call: Call) -> Response:
    """Get a review."""
    return answer(review_json(call.world, call.full_name, _review(call)))


def listed(call: Call) -> Response:
    """List reviews, oldest first."""
    found = call.world.store.find(f"review:{call.full_name}", "pull", _pull(call)["number"])
    return call.listing(found, lambda review: review_json(call.world, call.full_name, review))


def requested(call: Call) -> Response:
    """Get the requested reviewers."""
    users = [user_json(call.world, login) for login in _pull(call)["requested_reviewers"]]
    return answer({"users": users, "teams": []})


def request(call: Call) -> Response:
    """Request reviewers."""
    pull, names = _pull(call), _reviewers(call)
    if pull["user"] in names:
        raise ApiError(422, "Review cannot be requested from pull request author.")
    wanted = list(dict.fromkeys([*pull["requested_reviewers"], *names]))
    return _set_reviewers(call, pull, wanted, "review_requested", 201)


def withdraw(call: Call) -> Response:
    """Remove requested reviewers."""
    pull, names = _pull(call), _reviewers(call)
    left = [login for login in pull["requested_reviewers"] if login not in names]
    return _set_reviewers(call, pull, left, "review_request_removed", 200)


def _reviewers(call: Call) -> list[str]:
    names = call.names("reviewers")
    known = [call.world.store.get("user", name.lower()) for name in names]
    if not names or None in known:
        raise ApiError(422, "Reviews may only be requested from collaborators.")
    return [str(user["login"]) for user in known if user is not None]


def _set_reviewers(call: Call, pull: Doc, names: list[str], action: str, status: int) -> Response:
    changed = save_issue(call.world, call.full_name, {**pull, "requested_reviewers": names})
    announce_pull(call.world, call.repo, changed, action, call.actor.login)
    return answer(pull_simple(call.world, call.repo, changed), status)


def _saved(call: Call, pull: Doc, review: dict[str, Any], action: str) -> Response:
    call.world.store.put(f"review:{call.full_name}", review["id"], review)
    shown = review_json(call.world, call.full_name, review)
    if action:
        payload = {
            "action": action,
            "review": shown,
            "pull_request": pull_simple(call.world, call.repo, pull),
        }
        publish(call.world, call.repo, "pull_request_review", call.actor.login, payload)
    return answer(shown)


def _pull(call: Call) -> Doc:
    return find_pull(call.world, call.full_name, call.number("number"))


def _review(call: Call) -> Doc:
    found = call.world.store.get(f"review:{call.full_name}", call.number("review"))
    if found is None or found["pull"] != call.number("number"):
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}/pulls/{number}"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/reviews", listed),
    endpoint("POST", f"{_BASE}/reviews", create, "pull_requests:write"),
    endpoint("GET", f"{_BASE}/reviews/{{review}}", get),
    endpoint("POST", f"{_BASE}/reviews/{{review}}/events", submit, "pull_requests:write"),
    endpoint("PUT", f"{_BASE}/reviews/{{review}}/dismissals", dismiss, "pull_requests:write"),
    endpoint("GET", f"{_BASE}/requested_reviewers", requested),
    endpoint("POST", f"{_BASE}/requested_reviewers", request, "pull_requests:write"),
    endpoint("DELETE", f"{_BASE}/requested_reviewers", withdraw, "pull_requests:write"),
)
