"""Issues; a pull request is one too.

https://docs.github.com/en/rest/issues/issues
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.issues import (
    IssueDraft,
    announce_issue,
    find_issue,
    open_issue,
    save_issue,
    state_change,
)
from sandbox.forge.labelling import set_labels
from sandbox.forge.pulls import change_pull
from sandbox.store import Doc
from sandbox.views.issues import issue_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, invalid
from sandbox.web.fields import parse_time

_SORTED_BY = {"created": "created_at", "updated": "updated_at", "comments": "number"}
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def list_issues(call: Call) -> Response:
    """List issues and pull requests by state, labels, creator, assignee, since, sort and direction."""
    state, kind = call.query.get("state", "open"), f"issue:{call.full_name}"
    issues = call.world.store.all(kind) if state == "all" else call.world.store.find(kind, "state", state)
    found = [issue for issue in issues if _fits(call, issue)]
    field = _SORTED_BY.get(call.query.get("sort", "created"), "created_at")
    descending = call.query.get("direction", "desc") == "desc"
    found.sort(key=lambda issue: (issue[field], issue["number"]), reverse=descending)
    return call.listing(found, lambda issue: issue_json(call.world, call.full_name, issue))


def create_issue(call: Call) -> Response:
    """Create an issue."""
    title = call.body.get("title")
    if not isinstance(title, str | int) or not str(title).strip():
        raise invalid("Issue", "title", "missing_field")
    draft = IssueDraft(
        title=str(title),
        body=call.text("body") or None,
        labels=tuple(label_names(call.field("labels", list, []))),
        assignees=tuple(call.names("assignees")),
    )
    issue = open_issue(call.world, call.repo, call.actor.login, draft)
    return answer(issue_json(call.world, call.full_name, issue), 201)


def get_issue(call: Call) -> Response:
    """Get an issue or pull request as an issue."""
    issue = find_issue(call.world, call.full_name, call.number("number"))
    return answer(issue_json(call.world, call.full_name, issue))


def patch_issue(call: Call) -> Response:
    """Change title, body, state, labels and assignees."""
    issue, login = find_issue(call.world, call.full_name, call.number("number")), call.actor.login
    plain = {name: call.text(name) for name in ("title", "body") if call.body.get(name) is not None}
    changes: dict[str, Any] = dict(plain)
    if call.body.get("assignees") is not None:
        changes["assignees"] = call.names("assignees")
    if call.body.get("state") is not None:
        changes["state"] = call.text("state")
    if issue["pull"]:
        issue = change_pull(call.world, call.repo, login, issue, changes)
    else:
        issue = _change(call, issue, changes)
    if call.body.get("labels") is not None:
        issue = set_labels(call.world, call.repo, issue, label_names(call.field("labels", list, [])), login)
    return answer(issue_json(call.world, call.full_name, issue))


def label_names(given: list[Any]) -> list[str]:
    """Read labels given as names or as objects with a name."""
    names = [one["name"] if isinstance(one, dict) and "name" in one else one for one in given]
    if not all(isinstance(name, str) and name for name in names):
        raise ApiError(422, "Invalid request.\n\nInvalid property /labels: must be names.")
    return names


def _change(call: Call, issue: Doc, changes: dict[str, Any]) -> Doc:
    state, login = changes.pop("state", None), call.actor.login
    moved = {} if state is None else state_change(call.world, issue, state, login)
    reason = call.text("state_reason")
    if reason and reason not in _REASONS:
        raise ApiError(422, f"Invalid request.\n\n{reason} is not a member of {list(_REASONS)}.")
    if reason and moved:
        moved["state_reason"] = reason
    changed = save_issue(call.world, call.full_name, {**issue, **changes, **moved})
    if changes:
        announce_issue(call.world, call.repo, changed, "edited", login, changes={})
    if moved:
        action = "closed" if state == "closed" else "reopened"
        announce_issue(call.world, call.repo, changed, action, login)
    return changed


def _fits(call: Call, issue: Doc) -> bool:
    query = call.query
    labels = [name for name in query.get("labels", "").split(",") if name]
    own = {name.lower() for name in issue["labels"]}
    since = query.get("since")
    recent = since is None or parse_time(issue["updated_at"]) >= parse_time(since)
    by = query.get("creator", "").lower() in {"", issue["user"].lower()}
    assigned = query.get("assignee") in {None, "*", *issue["assignees"]}
    return recent and by and assigned and all(name.lower() in own for name in labels)


_BASE = "/repos/{owner}/{repo}/issues"
ENDPOINTS = (
    endpoint("GET", _BASE, list_issues),
    endpoint("POST", _BASE, create_issue, "issues:write|pull_requests:write"),
    endpoint("GET", f"{_BASE}/{{number}}", get_issue),
    endpoint("PATCH", f"{_BASE}/{{number}}", patch_issue, "issues:write|pull_requests:write"),
)
